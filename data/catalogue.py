"""What can be asked for by name: the cities in the home, the one that ships with Towline, its fleet, and loads."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from data.file_locks import locked_folder
from data.fleets import FleetShop, FleetTruck, read_fleet, read_shops
from data.generate import generate_load
from data.load_reader import read_load
from data.loads import Load
from geo.datums import Datum
from geo.faults import BadInput
from geo.zones import Zone, read_zones
from routing.build import build_city
from routing.bundle import MANIFEST, OlderCity, open_city, save_city
from routing.cli import city_folder
from routing.cli import city_names as built_names
from routing.roads import City

SHIPPED = "coquimbo"
SHIPPED_FOLDER = Path(__file__).parent / "cities" / SHIPPED
INVENTED = "the trucks and shops of the shipped city are invented: no such company or workshop exists"
"""What a result that uses `shipped_fleet` or `shipped_shops` has to say."""

GENERATED = "generated"
GENERATED_DAYS = 7
GENERATED_FROM = dt.date(2024, 3, 4)
"""A Monday; the first day of a generated load where no day is given."""

Hear = Callable[[str], None]


def city_names(home: Path) -> list[str]:
    """The cities that can be opened, sorted: those built in the home, and the shipped one built or not."""
    return sorted({*built_names(home), SHIPPED})


def open_city_named(home: Path, name: str, *, progress: Hear) -> City:
    """Open a city of the home; the shipped one is first built into it where it is not there yet or of an older version.

    Several processes may do so at once: the first to finish wins, and the others use its city. Raises BadInput on a
    name that is not known, a bundle that is damaged or of an older version, or a home in which the shipped city cannot
    be written.
    """
    folder = city_folder(home, name)
    if name == SHIPPED and not folder.exists():
        _prepare_shipped(folder, progress)
    if not folder.is_dir():
        raise BadInput(
            f"there is no city {name!r}; there are {', '.join(city_names(home))}."
            f" Build it with: towline city build SOURCE --name {name}"
        )
    try:
        return open_city(folder)
    except OlderCity:
        if name != SHIPPED:
            raise
        _prepare_shipped(folder, progress)
        return open_city(folder)
    except BadInput as fault:
        if name != SHIPPED:
            raise
        raise BadInput(f"{fault}. The shipped city is prepared anew once you remove {folder}") from fault


def shipped_zones() -> tuple[Zone, ...]:
    """The 133 zones of the shipped city and their people (a figure whose source is not stated)."""
    return read_zones(SHIPPED_FOLDER / "zones.geojson")


def shipped_fleet() -> tuple[FleetTruck, ...]:
    """The 49 invented trucks of the shipped city; say INVENTED beside what comes of them."""
    return read_fleet(SHIPPED_FOLDER / "trucks.csv", warn=_refuse)


def shipped_shops() -> tuple[FleetShop, ...]:
    """The twelve invented shops of the shipped city; say INVENTED beside what comes of them."""
    return read_shops(SHIPPED_FOLDER / "shops.csv", warn=_refuse)


def zones_of(city: City) -> tuple[Zone, ...] | None:
    """The zones that ship with a city, None where none do."""
    return shipped_zones() if city.facts.name == SHIPPED else None


def load_named(
    named: str,
    *,
    city: City,
    from_day: dt.date | None,
    to_day: dt.date | None,
    seed: int,
    per_day: float | None,
    renames: Mapping[str, str],
    datum: Datum,
    skip_bad: bool,
    warn: Hear,
) -> Load:
    """The load `generated`, or that of a file, which is read whole: `Load.between` cuts the days out of it.

    Generated are the days named, both included; without them the week from GENERATED_FROM, or the one that starts or
    ends with the one day given. A file whose name is `generated` is read as `./generated`. `seed` and `per_day` are for
    the generated load, `renames`, `datum` and `skip_bad` for a file (see `generate_load` and `read_load`).
    """
    zone = ZoneInfo(city.facts.timezone)
    if named == GENERATED:
        first, last = _generated_days(from_day, to_day)
        return generate_load(
            city=city, zones=zones_of(city), from_day=first, to_day=last, zone=zone, seed=seed, per_day=per_day
        )
    path = Path(named).expanduser()
    if not path.exists():
        raise BadInput(f"{named}: no such file; a load is a file, or by name: {GENERATED}")
    return read_load(path, zone=zone, renames=renames, datum=datum, skip_bad=skip_bad, warn=warn)


def _generated_days(from_day: dt.date | None, to_day: dt.date | None) -> tuple[dt.date, dt.date]:
    week = dt.timedelta(days=GENERATED_DAYS - 1)
    if from_day is None:
        from_day = GENERATED_FROM if to_day is None else to_day - week
    return from_day, to_day or from_day + week


def _prepare_shipped(folder: Path, progress: Hear) -> None:
    progress(f"preparing the shipped city {SHIPPED} (once)")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{SHIPPED}.", dir=folder.parent) as scratch:
            draft = Path(scratch) / SHIPPED
            save_city(build_city(SHIPPED_FOLDER, name=SHIPPED, progress=progress), draft)
            # Alone, so that nobody takes the city of one who was faster for the older one.
            with locked_folder(folder.parent):
                if folder.exists() and _is_older(folder):
                    folder.rename(Path(scratch) / "older")
                _move_unless_there(draft, folder)
    except OSError as error:
        raise BadInput(
            f"{folder.parent}: cannot be written ({error.strerror or error}); set TOWLINE_HOME to a folder that can"
        ) from error


def _is_older(folder: Path) -> bool:
    try:
        open_city(folder)
    except OlderCity:
        return True
    except BadInput:
        pass  # said where the city is opened
    return False


def _move_unless_there(draft: Path, folder: Path) -> None:
    # A folder cannot be renamed over one that holds something: of two preparers the second finds the first's city.
    try:
        draft.rename(folder)
    except OSError:
        if not (folder / MANIFEST).is_file():
            raise


def _refuse(message: str) -> None:
    """A file that ships with Towline gives no cause for a warning."""
    raise ValueError(message)
