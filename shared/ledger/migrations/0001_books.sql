-- The books: one row per call that was sent to an origin, under the id of its audit event.
--
-- The id is the primary key, so an event is charged once however often it is delivered. An amount is whole units and
-- billionths of one, so that sums are exact; without a currency the call is unpriced and the two are 0.
CREATE TABLE charges (
  id TEXT NOT NULL PRIMARY KEY,
  day TEXT NOT NULL,
  team TEXT,
  project TEXT,
  virtual_server TEXT,
  origin TEXT,
  tool TEXT,
  currency TEXT,
  units INTEGER NOT NULL,
  billionths INTEGER NOT NULL,
  origin_ms INTEGER NOT NULL,
  response_bytes INTEGER NOT NULL
) WITHOUT ROWID;

-- Reports read whole months.
CREATE INDEX charges_by_day ON charges (day);
