"""Classes can be told apart in pictures, whatever their names."""

from model.evaluate.pictures import names_to_draw


def test_names_that_cannot_be_drawn_have_a_number() -> None:
    classes = ["cat", "日本", "東京", "🦄", "a$b", "ب", "é" * 30, "é" * 30 + "1"]
    names = names_to_draw(classes)
    assert names[:6] == ["cat", "#2 ??", "#3 ??", "#4 ?", "a$b", "ب"]
    assert names[6:] == ["#7 éééééééééééééééééééé…", "#8 éééééééééééééééééééé…"]
