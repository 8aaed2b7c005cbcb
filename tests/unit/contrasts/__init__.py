"""Titles of each domain of contrasts: words read, one product in two languages, siblings, and words that mislead."""

from tests.unit.contrasts import care, food, home, technology

DOMAINS = (care, food, home, technology)
READ = [case for domain in DOMAINS for case in domain.READ]
SAME = [case for domain in DOMAINS for case in domain.SAME]
SIBLINGS = [case for domain in DOMAINS for case in domain.SIBLINGS]
FALSE_FRIENDS = [case for domain in DOMAINS for case in domain.FALSE_FRIENDS]
