"""open_clip's modules come without what its import brings along, and are the same classes."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
ARCHITECTURES = """
import json, sys
from pathlib import Path
from workflow_scripts.networks import architectures, open_clip_parts
def config(name):
    return json.loads(Path(f"studies/{name}.json").read_text())
"""
HEAVY = ("torch._dynamo", "torchvision", "torchvision.transforms", "timm", "open_clip")


def python(code):
    """Run code in an interpreter of its own, since imports cannot be undone; what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", ARCHITECTURES + code], cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_what_no_network_needs_is_not_imported():
    """If this fails, a release imports more than before: jobs become slower, not wrong."""
    said = python(f"""
for name in ("miniature/architectures/RN-mini", "miniature/architectures/CoCa-ViT-mini"):
    architectures.build_clip(config(name), 14.0)
open_clip_parts.module("loss").CoCaLoss(1.0, 1.0)
open_clip_parts.module("tokenizer").SimpleTokenizer()
print([name for name in {HEAVY} if name in sys.modules])
""")
    assert said == ["[]"]


def test_the_whole_of_open_clip_can_be_imported_before_or_afterwards():
    said = python("""
import torch
small = config("imagenet/architectures/ViT-B-32") | {"embed_dim": 8}
small["vision_cfg"] |= {"layers": 1, "width": 64}
small["text_cfg"] |= {"layers": 1, "width": 8, "heads": 1, "vocab_size": 9}
torch.manual_seed(0)
parts = architectures.build_clip(small, 14.0)
from workflow_scripts.networks.torchvision_operators import ensure
ensure()
import open_clip, timm, torchvision
torch.manual_seed(0)
whole = architectures.build_clip(small, 14.0)
print(isinstance(parts, open_clip.CustomTextCLIP), isinstance(whole, open_clip.CustomTextCLIP))
same = zip(parts.state_dict().items(), whole.state_dict().items(), strict=True)
print(all(a == b and torch.equal(x, y) for (a, x), (b, y) in same))
print(torchvision.ops.misc.FrozenBatchNorm2d is open_clip.utils.FrozenBatchNorm2d)
print("RN50" in open_clip.list_models(), open_clip.timm_model.timm is timm)
""")
    assert said == ["False True", "True", "True", "True True"]


def test_a_tower_of_timms():
    said = python("""
parts = architectures.build_clip(config("miniature/architectures/RN-mini"), 14.0)
tower = {"timm_model_name": "test_resnet", "timm_model_pretrained": False, "image_size": 32,
         "timm_pool": "avg", "timm_proj": "linear"}
text = {"layers": 1, "width": 8, "heads": 1, "vocab_size": 9}
clip = architectures.build_clip({"embed_dim": 8, "vision_cfg": tower, "text_cfg": text}, 14.0)
print(type(clip.visual).__name__, clip.visual.trunk.default_cfg["architecture"])
""")
    assert said == ["TimmModel test_resnet"]
