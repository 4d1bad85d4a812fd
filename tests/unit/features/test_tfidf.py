from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from safetensors.numpy import save_file

from reelhouse.errors import FeatureError
from reelhouse.features.fields import field_terms
from reelhouse.features.kinds import load_model
from reelhouse.features.settings import FieldSettings, TfidfSettings
from reelhouse.features.tfidf import TfidfModel, fit_tfidf
from reelhouse.features.vocabulary import count_terms, merge_counts

NAMES = pa.list_(pa.string())
SCHEMA = pa.schema(
    [("description", pa.string()), ("listed_in", NAMES), ("director", NAMES), ("cast", NAMES),
     ("country", NAMES), ("rating", pa.string()), ("type", pa.string())]
)  # fmt: skip


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(
        [{name: row.get(name) for name in SCHEMA.names} for row in rows], schema=SCHEMA
    )


def every_term(**changes: Any) -> TfidfSettings:
    """Settings that keep terms of a single title; type weighs half, the other fields 1."""
    fields = {
        name: FieldSettings(
            weight=0.5 if name == "type" else 1.0, max_terms=field.max_terms, min_titles=1
        )
        for name, field in TfidfSettings()
        if isinstance(field, FieldSettings)
    }
    return TfidfSettings(**{**fields, "max_title_share": 1.0, **changes})


THREE = table(
    {"description": "Zombie zombie island", "type": "Movie"},
    {"description": "Island chef", "type": "Movie"},
    {"type": "TV Show"},
)


def fitted(titles: pa.Table = THREE) -> TfidfModel:
    return fit_tfidf(count_terms(titles), every_term())


def test_columns_are_ordered_by_field_and_then_by_term() -> None:
    assert fitted().feature_names() == [
        ("description", "chef"),
        ("description", "island"),
        ("description", "zombie"),
        ("type", "movie"),
        ("type", "tv_show"),
    ]


def test_the_idf_is_the_smooth_one() -> None:
    # 1 of 3 titles: ln(4/2) + 1; 2 of 3: ln(4/3) + 1.
    idf = fitted().idf
    assert idf["description"] == pytest.approx([1.693147, 1.287682, 1.693147], abs=1e-6)
    assert idf["type"] == pytest.approx([1.287682, 1.693147], abs=1e-6)


def test_the_rows_of_three_titles_computed_by_hand() -> None:
    # zombie twice: (1 + ln 2) * 1.693147 = 2.866747, island 1.287682, their norm 3.142668;
    # beside the type's block of norm 0.5 everything is divided by sqrt(1.25).
    features = fitted().transform(THREE)
    assert features.toarray() == pytest.approx(
        np.array(
            [
                [0, 0.366484, 0.815899, 0.447214, 0],
                [0.711928, 0.541440, 0, 0.447214, 0],
                [0, 0, 0, 0, 1],
            ]
        ),
        abs=1e-5,
    )


def test_features_are_narrow_and_sorted() -> None:
    features = fitted().transform(THREE)
    assert features.dtype == np.float32
    assert features.indices.dtype == features.indptr.dtype == np.int32
    assert features.has_canonical_format


def test_weights_set_the_share_of_a_field() -> None:
    settings = every_term(type=FieldSettings(weight=3.0, max_terms=10, min_titles=1))
    features = fit_tfidf(count_terms(THREE), settings).transform(THREE).toarray()
    assert features[1, 3] == pytest.approx(3 / np.sqrt(10), abs=1e-6)


def test_a_title_of_unknown_terms_has_a_zero_row() -> None:
    stranger = table({"description": "Quantum ballet", "type": "Opera", "cast": ["Ana Lima"]}, {})
    features = fitted().transform(stranger)
    assert features.shape == (2, 5)
    assert features.nnz == 0


def test_no_titles_give_no_rows() -> None:
    assert fitted().transform(THREE.slice(0, 0)).shape == (0, 5)


def test_a_whole_table_and_its_slices_give_the_same_rows() -> None:
    titles = table(
        {"description": "Zombie chef", "cast": ["Ana Lima", "Bo Ek"], "listed_in": ["Dramas"]},
        {"description": "Chef Bo Ek swims", "cast": ["Bo Ek"], "country": ["Chile", "Peru"]},
        {"cast": None, "director": ["Ana Lima"], "rating": "PG-13"},
        {"cast": [], "listed_in": ["TV Dramas", "Sci-Fi & Fantasy"]},
    )
    counts = count_terms(titles)
    assert merge_counts(count_terms(titles.slice(row, 1)) for row in (2, 0, 3, 1)) == counts
    model = fit_tfidf(counts, every_term())
    whole = model.transform(titles).toarray()
    for row in range(4):
        assert (model.transform(titles.slice(row, 1)).toarray()[0] == whole[row]).all()


def test_chunked_columns_read_as_one() -> None:
    chunked = pa.concat_tables([THREE.slice(0, 1), THREE.slice(1)])
    assert (fitted().transform(chunked) != fitted().transform(THREE)).nnz == 0


def test_a_genre_named_for_both_media_counts_once() -> None:
    titles = table({"listed_in": ["Dramas", "TV Dramas"]})
    assert count_terms(titles).fields["listed_in"] == {"drama": 1}


def test_a_person_of_the_cast_is_one_term_of_the_description() -> None:
    found = field_terms(table({"description": "Bo Ek swims", "cast": ["Bo Ek"]}), "description")
    assert found.terms == ["bo_ek", "swim"]


def test_terms_of_most_titles_are_kept_and_the_alphabet_breaks_ties() -> None:
    titles = table(*({"country": names} for names in (["Chile", "Peru"], ["Chile", "Oman"])))
    settings = every_term(country=FieldSettings(weight=1.0, max_terms=2, min_titles=1))
    assert fit_tfidf(count_terms(titles), settings).terms["country"] == ["chile", "oman"]


def test_rare_terms_are_dropped() -> None:
    settings = every_term(description=FieldSettings(weight=1.0, max_terms=9, min_titles=2))
    assert fit_tfidf(count_terms(THREE), settings).terms["description"] == ["island"]


def test_description_terms_of_too_many_titles_are_dropped() -> None:
    terms = fit_tfidf(count_terms(THREE), every_term(max_title_share=0.5)).terms
    assert terms["description"] == ["chef", "zombie"]
    assert terms["type"] == ["movie", "tv_show"]


def test_nothing_to_fit_on_is_an_error() -> None:
    with pytest.raises(FeatureError, match="2 titles, expected at least 1 term"):
        fit_tfidf(count_terms(table({}, {})), TfidfSettings())


def test_a_missing_column_is_named() -> None:
    with pytest.raises(FeatureError, match="no column 'rating'"):
        count_terms(THREE.drop_columns(["rating"]))


def test_known_and_unknown_description_tokens_are_counted() -> None:
    titles = table({"description": "Zombie zombie ballet"}, {"description": "Island"}, {})
    assert fitted().out_of_vocabulary(titles) == (3, 1)


def test_a_saved_model_gives_the_same_features(tmp_path: Path) -> None:
    fitted().save(tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert loaded.kind == "tfidf"
    assert loaded.feature_names() == fitted().feature_names()
    assert (loaded.transform(THREE) != fitted().transform(THREE)).nnz == 0


def test_saving_twice_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        fitted().save(tmp_path / name)
    for file in ("features.json", "features.safetensors"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def change_json(folder: Path, **changes: Any) -> None:
    path = folder / "features.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "magic"}, "features.json says kind 'magic'"),
        ({"format": 99}, "features.json says kind 'tfidf' format 99"),
        ({"n_titles": "many"}, "features.json holds no n_titles"),
        ({"terms": {"cast": []}}, "features.json holds no n_titles or no list of terms"),
        ({"settings": {"colour": 1}}, "features.json holds settings that are not valid"),
    ],
)
def test_a_wrong_description_names_the_file(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    fitted().save(tmp_path)
    change_json(tmp_path, **changes)
    with pytest.raises(FeatureError, match=message) as raised:
        load_model(tmp_path)
    assert "\n" not in str(raised.value)


def test_text_that_is_no_json_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "features.json").write_text("{")
    with pytest.raises(FeatureError, match=r"features\.json cannot be read as JSON"):
        load_model(tmp_path)


def test_an_absent_model_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(FeatureError, match=r"features\.json is missing"):
        load_model(tmp_path)


def test_missing_arrays_name_the_file(tmp_path: Path) -> None:
    fitted().save(tmp_path)
    (tmp_path / "features.safetensors").unlink()
    with pytest.raises(FeatureError, match=r"features\.safetensors is missing"):
        load_model(tmp_path)


def test_damaged_arrays_name_the_file(tmp_path: Path) -> None:
    fitted().save(tmp_path)
    (tmp_path / "features.safetensors").write_bytes(b"\x00" * 50)
    with pytest.raises(FeatureError, match=r"features\.safetensors cannot be read"):
        load_model(tmp_path)


def test_arrays_of_another_length_are_refused(tmp_path: Path) -> None:
    fitted().save(tmp_path)
    save_file({"held.description": np.arange(9)}, tmp_path / "features.safetensors")
    with pytest.raises(FeatureError, match=r"held\.description, expected int64 of shape \(3,\)"):
        load_model(tmp_path)
