"""A campaign against the workflow: kills, damage, hostile inputs, odd places, other cores.

    python -m tests.campaign --part b --seed 0          # one part; several: --part bcd
    python -m tests.campaign --part a --rounds 50       # kills, as many rounds as are wanted
    python -m tests.campaign --part b --only "store"    # cases with this in their name
    python -m tests.campaign --work /scratch/campaign   # keeps the finished tiny study

Run by hand, in the environment of the tests; `make test` leaves it out. Every part is a list of
named cases. A case has a place of its own, a copy of the finished tiny study where it needs one,
and says how it ended, or raises `Deviation`. All that is random follows from the seed and the name
of the case. The table is printed and, with --results, written below the part's heading in
results.md. The exit status is 1 if a case deviated.

| part | tries | module |
|---|---|---|
| a | kills at random moments, then the documented steps to go on | kills.py |
| b | truncated, emptied and flipped files of every kind that a later run reads | damage.py |
| c | hostile weights, archives, images, tables and servers | hostile.py |
| d | two runs in one folder, folders that refuse, odd paths, users and locales | places.py |
| e | the same bytes with one, two and five cores, and in another folder | cores.py |
"""
