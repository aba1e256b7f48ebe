"""Names of companies and people that could exist, from lists of our own."""

import random
from itertools import chain
from typing import NamedTuple

from practice.text import fold

# Searches that testers try ("acme", "cara") find the client of the story and no other.
TAKEN = ("acme", "cara", "delta", "echo", "foxtrot", "golf", "smith", "jane", "dina")

PLACES = (
    "Abbey Albion Alder Amber Ashdown Aspen Avon Beacon Birch Blackfriars Bramble Brook Camden"
    " Cedar Chalk Cobalt Copper Cornerstone Covent Cygnet Dockside Drayton Elm Ember Fairfield"
    " Falcon Fenland Finch Foundry Garnet Gable Granary Greenwich Hartley Hawthorn Hazel Heron"
    " Highgate Holloway Indigo Ironbridge Ivy Juniper Kestrel Kingfisher Lantern Larch Linden"
    " Lowland Maple Marlow Meridian Millbrook Mulberry Nettle Northgate Oakham Orchard Osprey"
    " Paddock Pebble Pennine Quarry Quill Redwood Ridgeway Rowan Saffron Sandford Severn Skylark"
    " Slate Sterling Stonegate Sycamore Tamar Teal Thistle Tideway Umber Vale Verity Wharf"
    " Willow Windmill Wren Yarrow Zephyr"
).split()
TRADES = (
    "Architects|Bakery|Bikes|Books|Brewing|Builders|Catering|Ceramics|Coffee Roasters|Dental"
    "|Design Studio|Electrical|Engineering|Events|Fabrics|Fisheries|Florists|Furniture|Gardens"
    "|Garages|Glass|Hotels|Interiors|Joinery|Kitchens|Landscapes|Legal|Lettings|Logistics"
    "|Machine Tools|Media|Metalwork|Music|Nurseries|Optical|Organics|Packaging|Photography"
    "|Physiotherapy|Plumbing|Printing|Properties|Publishing|Recruitment|Recycling|Renewables"
    "|Restaurants|Roofing|Security|Shipping|Software|Solar|Studios|Tailors|Taxis|Textiles|Theatre"
    "|Timber|Travel|Veterinary|Vineyards|Wines|Workshops|Yachts"
).split("|")
ENDINGS = ("Ltd", "Ltd", "Limited", "LLP", "& Sons", "& Daughters", "Group", "Partners", "CIC", "")
FIRST = (
    "Aisha Alan Amira Anna Ben Bridget Callum Chloe Ciara Daniel Deepa Edith Eoin Esther Fatima"
    " Felix Freya George Grace Hana Harriet Hugo Imogen Ines Isaac Ivan Jamal Joan Jonas Kamala"
    " Keiko Kofi Lara Leo Lucia Magnus Maeve Marta Mei Nadia Naomi Nikhil Noor Omar Oscar Patrick"
    " Petra Priya Rafael Rania Rosa Ruth Samir Sean Sofia Stefan Tara Teresa Theo Ursula Viktor"
    " Wanda Yusuf Zofia"
).split()
LAST = (
    "Abbott Ahmed Akhtar Barlow Baxter Becker Bianchi Brennan Byrne Chowdhury Clarke Cohen Costa"
    " Daly Diaz Doyle Edwards Farrell Fernandez Fitzgerald Ford Gallagher Garcia Green Hall"
    " Hassan Hughes Hussain Ito Jensen Jones Kaur Kelly Khan Kowalski Lambert Larsen Li Lopez"
    " Malik Martin Mensah Meyer Moore Murphy Nielsen Nolan Novak Okafor Patel Pereira Quinn"
    " Rahman Reid Rossi Russo Ryan Sato Shah Silva Singh Sorensen Taylor Turner Walsh Weber Wood"
    " Wright Yilmaz"
).split()
# Every script and direction that a list must hold.
ABROAD = (
    "Åland Brygge AB",
    "Łódź Meble Sp. z o.o.",
    "東京堂書店株式会社",
    "مخبز النور للتجارة",
    "Δελφοί Ναυτιλιακή ΑΕ",
    "Кафе Берёзка ООО",
    "מאפיית הגליל בע״מ",
    "서울상사 주식회사",
    "Crème & Café Übersee GmbH",
    "नमस्ते ट्रेडर्स",
    "O’Connor’s “Best” Wool <Exports>",
    "Sunny 🌻 Side Nursery",
)


class Company(NamedTuple):
    name: str
    person: str
    email: str


def companies(count: int, seed: int = 238) -> list[Company]:
    """So many companies with a contact each, no name twice."""
    chance = random.Random(seed)  # noqa: S311  # nosec B311
    pairs = [f"{place} {trade}" for place in PLACES for trade in TRADES]
    chance.shuffle(pairs)
    endings = (f"{name} {chance.choice(ENDINGS)}".strip() for name in pairs if is_free(name))
    names = chain(ABROAD, endings)
    return [company(next(names), number, chance) for number in range(count)]


def company(name: str, number: int, chance: random.Random) -> Company:
    first, last = chance.choice(FIRST), chance.choice(LAST)
    return Company(
        name, f"{first} {last}", f"{first}.{last}.{letters(number)}@example.test".lower()
    )


def is_free(name: str) -> bool:
    return not any(word in fold(name) for word in TAKEN)


def letters(number: int) -> str:
    """A number in letters, so that addresses never match a search for a Client ID."""
    return "".join("abcdefghij"[int(digit)] for digit in str(number))
