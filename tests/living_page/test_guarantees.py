"""What the documents promise is proven."""

from pathlib import Path

import pytest

from living_page.guarantees import TOP, promises

DOCUMENTS = sorted((TOP / "docs").glob("*.md"))


@pytest.mark.proof
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_proof_that_a_document_names_is_there(document: Path) -> None:
    """A test or a scenario with that sentence, in that file; and no promise is without one."""
    promised = [row for table in promises(document) for row in table.guarantees]
    assert [row.promise for row in promised if not row.proofs] == []
    assert [proof for row in promised for proof in row.proofs if not proof.line] == []


@pytest.mark.proof
def test_the_documents_that_promise_something_are_read() -> None:
    """A table that is not recognised would prove nothing."""
    assert len(promises()) == 2
    assert promises(TOP / "docs" / "operations.md")
    assert promises(TOP / "docs" / "proof.md")
