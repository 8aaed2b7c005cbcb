"""Certificates and audit labels in the database, and the gate that a measured precision is for a publication."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, select, update

from sku_align.store import bulk
from sku_align.store.audits import Audit
from sku_align.store.models import AuditLabel
from sku_align.store.models import Publication as PublicationRow
from sku_align.store.reading import Publication
from sku_align.store.versions import table_of


def write_labels(connection: Connection, labels: pa.Table) -> None:
    """Append audit labels."""
    plain = pa.table({name: labels[name].cast(pa.string()) for name in labels.column_names})
    bulk.write(connection, table_of(AuditLabel), plain)


def read_labels(connection: Connection, names: Sequence[str]) -> pa.Table:
    """All audit labels in the order in which they came; a later one overrules an earlier one.

    Args:
        connection: An open connection.
        names: Columns to read.
    """
    columns = [getattr(AuditLabel, name) for name in names]
    return bulk.read(
        connection,
        select(*columns).order_by(AuditLabel.label_id),
        pa.schema([(name, pa.string()) for name in names]),
    )


def write_certificate(connection: Connection, publication_id: int, certificate: Mapping[str, Any]) -> None:
    """Keep a certificate with a publication.

    Args:
        connection: An open connection.
        publication_id: The publication whose SKUs were sampled.
        certificate: As `evaluation.certificate.Certificate.to_dict` gives it.
    """
    value, low, high = precision_of(certificate) or (None, None, None)
    # Through JSON and back, so that tuples are lists as they will be read.
    connection.execute(
        update(PublicationRow)
        .where(PublicationRow.publication_id == publication_id)
        .values(
            certificate=json.loads(json.dumps(certificate)),
            precision_estimate=value,
            precision_low=low,
            precision_high=high,
        )
    )


def precision_of(certificate: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """Precision of pairs of the whole publication with its 95 % interval: estimate, lower and upper bound."""
    found = certificate["domains"]["all"]["pair_precision"]
    return None if found is None else (float(found[0]), float(found[1]), float(found[2]))


def precision_audit(limit: float, certificate: Mapping[str, Any] | None, publications: Sequence[Publication]) -> Audit:
    """Ask whether the lower bound of a measured precision reaches `publishing.min_precision`.

    Args:
        limit: The setting.
        certificate: Of the run itself, if it was audited; else the newest certificate of a publication counts.
        publications: The newest first.
    """
    measured = None if certificate is None else precision_of(certificate)
    where = "this run"
    for publication in publications if measured is None else ():
        if publication.precision_low is not None:
            measured = (
                float(publication.precision_estimate or 0.0),
                publication.precision_low,
                float(publication.precision_high or 1.0),
            )
            where = f"publication {publication.publication_id}"
            break
    if measured is None:
        detail = "no run or publication was audited: run `sku-align audit sample` and `sku-align audit apply`"
        return Audit("precision", False, 0.0, limit, detail)
    value, low, high = measured
    detail = f"precision of pairs {value:.3f} ({low:.3f} to {high:.3f}), measured on {where}"
    return Audit("precision", low >= limit, low, limit, detail)
