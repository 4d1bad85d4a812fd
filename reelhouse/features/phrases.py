"""Phrases of catalogue descriptions that are one thing and become one token."""

from __future__ import annotations

_NAMED_AS_WRITTEN = """
african american, alter ego, arranged marriage, art school, artificial intelligence, best
friend, big city, black market, blind date, boarding school, bounty hunter, bucket list, car
accident, civil rights, civil war, cold case, cold war, coming of age, con artist, con man,
crime boss, crime scene, dead end, dinner party, double life, dream job, drug cartel, drug
dealer, drug lord, drug trafficking, environmental disaster, fairy tale, family business, family
member, fashion designer, film crew, first love, flight attendant, foster care, full time, ghost
story, graphic novel, hidden camera, high school, high stakes, hip hop, hit man, home cook, home
video, hong kong, human rights, human trafficking, ice cream, kung fu, las vegas, law
enforcement, law school, long lost, los angeles, love interest, love story, love triangle, mafia
boss, martial arts, mental health, mental illness, middle aged, middle school, music video, near
death, new orleans, new york, new zealand, north korea, nuclear war, organized crime, parallel
universe, police officer, pop star, private eye, private investigator, real estate, real life,
road trip, rock band, rock star, san francisco, secret agent, serial killer, sex worker, short
film, single father, single mother, small town, social media, solar system, south africa, south
korea, special forces, stage fright, stand up, summer camp, super hero, supreme court, talent
show, taxi driver, time travel, treasure hunt, true crime, true story, united kingdom, united
states, video game, wedding planner, white house, wild west, world cup, young adult
"""

_NAMED_OTHERWISE = {
    "sci fi": "science_fiction",
    "science fiction": "science_fiction",
    "ex con": "ex_convict",
    "single mom": "single_mother",
    "single dad": "single_father",
    "superhero": "super_hero",
    "new york city": "new_york",
    "world war": "world_war",
    "world war i": "world_war_one",
    "world war ii": "world_war_two",
    "behind the scenes": "behind_the_scenes",
    "high schooler": "high_school",
    "small time": "small_time",
    "high tech": "high_tech",
    "k pop": "k_pop",
}

#: Phrase as words (a hyphen counts as a space) -> its token. Matched on lemmas, so that
#: "serial killers" is found too.
PHRASES = {
    phrase: phrase.replace(" ", "_") for phrase in " ".join(_NAMED_AS_WRITTEN.split()).split(", ")
} | _NAMED_OTHERWISE
