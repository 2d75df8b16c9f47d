"""The two tables of this face: which feature stands for a place, and which datastreams name a feature themselves.

They are written as SQL in the migration (with cascades in the database) and read in sets; the models let Django know them.
"""

from __future__ import annotations

from django.db import models

from taydo.engines.streams.models import Datastream, Feature, Location


class Place(models.Model):
    """The feature of interest that stands for a location, for readings that name none (18-088, 10.2.1.1)."""

    location = models.OneToOneField(Location, on_delete=models.CASCADE, primary_key=True, related_name="+")
    feature = models.OneToOneField(Feature, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "sensorthings_place"


class Named(models.Model):
    """A datastream with readings that name this feature."""

    pk = models.CompositePrimaryKey("feature_id", "datastream_id")
    feature = models.ForeignKey(Feature, on_delete=models.CASCADE, related_name="+", db_index=False)
    datastream = models.ForeignKey(Datastream, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        db_table = "sensorthings_named"
