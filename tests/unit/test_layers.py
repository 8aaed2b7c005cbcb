"""The rooms stand above each other: no import runs back up, of types neither, and no two rooms import each other."""

import grimp
import pytest

# From the top. Rooms of one line know nothing of each other.
LAYERS = (
    ("cli",),
    ("serving",),
    ("aligning",),
    ("running", "rescoring"),
    ("stages",),
    ("stage",),
    ("finetuning",),
    ("report",),
    ("review",),
    ("store", "retrieval"),
    ("evaluation",),
    ("skus", "clustering"),
    ("deciding",),
    ("scoring",),
    ("calibration",),
    ("blocking",),
    ("embedding",),
    ("catalogs",),
    ("attributes",),
    ("pairs", "folder", "tabular", "progress", "gpu", "romanise", "provenance", "titles", "patterns"),
    ("schema", "files", "config"),
    ("config_scoring",),
    ("config_section",),
    ("config_errors", "yaml_text"),
    ("errors", "redaction"),
)


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("sku_align")


def test_every_room_has_its_place(graph: grimp.ImportGraph) -> None:
    rooms = {module.removeprefix("sku_align.") for module in graph.find_children("sku_align")}
    assert rooms - {room for layer in LAYERS for room in layer} == set()


def test_no_import_runs_back_up(graph: grimp.ImportGraph) -> None:
    there = {module.removeprefix("sku_align.") for module in graph.find_children("sku_align")}
    layers = [grimp.Layer(*rooms) for layer in LAYERS if (rooms := set(layer) & there)]
    broken = graph.find_illegal_dependencies_for_layers(layers, containers={"sku_align"})
    assert {f"{each.importer} -> {each.imported}" for each in broken} == set()


def test_rooms_import_each_other_in_no_circle(graph: grimp.ImportGraph) -> None:
    assert graph.nominate_cycle_breakers("sku_align") == set()
