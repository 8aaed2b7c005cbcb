"""Trains the bundled cross-encoder: start weights, pairs, teachers, a distilled student and its shipped form.

Product code, but not part of the installed package: it needs torch and transformers, which scoring does not.
`python -m training --help` lists the commands; `docs/model_card.md` says what came out.
"""
