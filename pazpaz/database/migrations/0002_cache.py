from django.db import migrations

TABLE = """
CREATE TABLE pazpaz_cache (
  cache_key varchar(255) PRIMARY KEY,
  value text NOT NULL,
  expires timestamp with time zone NOT NULL
);
CREATE INDEX pazpaz_cache_expires ON pazpaz_cache (expires);
"""


class Migration(migrations.Migration):
    """The shared cache (rate limits): `createcachetable` needs rights that the application role lacks."""

    dependencies = [("tenancy", "0001_initial")]

    operations = [migrations.RunSQL(TABLE, "DROP TABLE pazpaz_cache")]
