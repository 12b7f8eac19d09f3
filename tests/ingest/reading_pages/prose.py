"""Invented paragraphs, no two sentences alike."""

HARBOUR = (
    "The harbour of Elmsund froze over in the second week of January, and the ferries stayed "
    "where they were until the ice had been cut by hand. Old fishermen remembered only two such "
    "winters. The mayor ordered that coal be carried across on sledges, which took the better "
    "part of nine days and cost the town more than the whole of its summer festival."
)
BEES = (
    "Bees that overwinter in straw hives lose less warmth than those kept in thin boxes. Our "
    "measurements, taken every hour from October until March, show that the cluster needs about "
    "a third less honey. The difference is greatest in windy places, where keepers used to lose "
    "every second colony before they planted hedges around their yards."
)
CLOCKS = (
    "A tower clock that is wound by hand teaches patience to whoever keeps it. Its pendulum is "
    "lengthened by the heat of July and shortened by frost, so that coins are laid upon the bob "
    "to make up for it. One penny gains two fifths of a second in a day, as the keepers of many "
    "steeples have found out on their own."
)
RIVER = (
    "Below the mill the river widens and becomes slow enough for lilies. Surveyors who came in "
    "the spring found eleven kinds of dragonflies there, two of which had not been seen in the "
    "valley since the weir was built. They proposed to leave the eastern bank unmown and to move "
    "the footpath behind the alders."
)
BREAD = (
    "Rye dough rises more slowly than wheat and forgives far less. Whoever hurries it gets a "
    "loaf that is wet in the middle and bitter at the crust. The baker of Olsen Street leaves "
    "hers for nineteen hours in a cellar that never gets warmer than the well, and sells every "
    "loaf before eight in the morning."
)
MAPS = (
    "Early maps of the island show a lake where none has ever been. A copyist took a stain for "
    "water, gave it a name, and three generations of engravers repeated it faithfully. Only "
    "when a ship's boat was sent ashore to fill the casks did anyone notice that the famous "
    "lake was a meadow full of sheep."
)
GLASS = (
    "Window glass from before the furnace was rebuilt has a green tinge that restorers value. "
    "Its iron came from the sand of one particular pit, closed since the flood. Today the same "
    "shade is made by adding a little rust to the melt, although under strong lamps the new "
    "panes still look a trifle too clean."
)
TRAIN = (
    "The night train to Varde carries mail, milk and a handful of sleeping travellers. It stops "
    "at every platform, even where nobody has boarded for years, because the timetable of the "
    "line was fixed by royal decree. Attempts to shorten the journey have so far been defeated "
    "by the milk, which has powerful friends."
)
MUSHROOMS = (
    "Gatherers in the northern woods leave the first mushroom of the season standing. Some say "
    "that it calls the others, and some that it keeps the forester in a good mood. Botanists "
    "point out that its spores do indeed spread within a week, so that both explanations may "
    "contain a grain of truth."
)
SCHOOL = (
    "Children of the lighthouse keepers were taught by radio from the autumn of that year. The "
    "lessons began at nine with arithmetic and ended at noon with singing, which was difficult "
    "because of the delay. Teachers learned to sing half a beat ahead, and inspectors praised "
    "the result without ever having heard it."
)
WOOL = (
    "Wool from sheep that graze on salt marshes takes up dye unevenly, and weavers long thought "
    "it worthless. A merchant from the coast turned the fault into a fashion by calling it sea "
    "cloth. Within four years the price had doubled twice, and inland farmers began to sprinkle "
    "their pastures with brine."
)
STARS = (
    "Amateur observers counted meteors from the roof of the brewery, which was the only flat one "
    "in the district. Their records fill forty notebooks and have never been printed. A student "
    "who compared them with the lists of the observatory found that the brewers had missed "
    "fewer than anyone expected, except on Saturdays."
)
ABSTRACT = (
    "We describe a method for drying herbs in moving air without any heat at all. Over three "
    "seasons it kept more of the oils than the customary ovens did, and it used a fifth of the "
    "energy. The apparatus can be built from old window frames by anyone who owns a saw, and "
    "its plans are given at the end of this paper together with a list of suppliers."
)
NOTE_ONE = "1 The figures for the outer islands were collected by the parish clerks."
NOTE_TWO = "2 Prices are those of the year in question and were not adjusted."
FOOTNOTE = (
    "* This work was supported by the guild of apothecaries; its members had no part in the "
    "choice of the plants, nor did they see the results before anybody else."
)


def sentences(*paragraphs: str) -> list[str]:
    """Each sentence of the paragraphs, whole: lines of other columns in it are a fault."""
    return [sentence.strip(" .") for paragraph in paragraphs for sentence in paragraph.split(". ")]
