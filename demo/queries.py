"""The demo's SQL, and how it is run: Athena's three calls."""

import time

CARRIERS = ["9E", "AA", "AS", "B6", "DL", "EV", "F9", "FL", "HA", "MQ", "OO", "UA", "US", "VX", "WN", "YV"]


def features_sql():
    """Features of every flight that arrived, from what is known at its scheduled departure.

    A plane's earlier flights of the day count once they had landed by then: what was still in the air is not known.
    """
    carriers = ",\n".join(f"  CASE WHEN f.carrier = '{c}' THEN 1 ELSE 0 END AS carrier_{c.lower()}" for c in CARRIERS)
    return f"""
WITH timed AS (
  SELECT *,
    date_add('minute', minute, date_add('hour', hour, date_parse(concat(cast(year AS varchar), '-', lpad(cast(month AS varchar), 2, '0'), '-', lpad(cast(day AS varchar), 2, '0')), '%Y-%m-%d'))) AS scheduled
  FROM flights
  WHERE dep_time IS NOT NULL AND arr_delay IS NOT NULL
),
landed AS (
  SELECT tailnum, year, month, day, scheduled, arr_delay,
    date_add('minute', dep_delay + air_time, scheduled) AS landed_at,
    row_number() OVER (PARTITION BY tailnum, year, month, day ORDER BY scheduled) AS leg
  FROM timed
),
earlier AS (
  SELECT now.tailnum, now.scheduled, avg(cast(before.arr_delay AS double)) AS mean_delay, count(*) AS landings
  FROM landed now
  JOIN landed before
    ON before.tailnum = now.tailnum AND before.year = now.year AND before.month = now.month AND before.day = now.day
   AND before.leg < now.leg AND before.landed_at <= now.scheduled
  GROUP BY now.tailnum, now.scheduled
)
SELECT
  CASE WHEN f.arr_delay > 15 THEN 1 ELSE 0 END AS late,
  f.hour AS hour,
  day_of_week(f.scheduled) AS weekday,
  f.distance AS distance,
  count(*) OVER (PARTITION BY f.origin, f.time_hour) AS departures_that_hour,
  coalesce(e.mean_delay, 0) AS plane_delay_today,
  CASE WHEN e.landings IS NULL THEN 0 ELSE 1 END AS plane_flew_today,
  w.temp AS temp, w.dewp AS dewp, w.humid AS humid, w.wind_speed AS wind_speed,
  w.precip AS precip, w.pressure AS pressure, w.visib AS visib,
  f.year - p.year AS plane_age, p.seats AS seats,
  CASE WHEN f.origin = 'EWR' THEN 1 ELSE 0 END AS from_ewr,
  CASE WHEN f.origin = 'JFK' THEN 1 ELSE 0 END AS from_jfk,
{carriers},
  f.month AS month
FROM timed f
LEFT JOIN weather w ON w.origin = f.origin AND w.time_hour = f.time_hour
LEFT JOIN planes p ON p.tailnum = f.tailnum
LEFT JOIN earlier e ON e.tailnum = f.tailnum AND e.scheduled = f.scheduled
"""


class Athena:
    def __init__(self, client, bucket, database="nyc"):
        self.client, self.output, self.database = client, f"s3://{bucket}/results/", database

    def start(self, sql):
        return self.client.start_query_execution(
            QueryString=sql, QueryExecutionContext={"Database": self.database},
            ResultConfiguration={"OutputLocation": self.output})["QueryExecutionId"]

    def state(self, query):
        return self.client.get_query_execution(QueryExecutionId=query)["QueryExecution"]

    def wait(self, query):
        """The execution once it has ended, however it ended."""
        while True:
            execution = self.state(query)
            if execution["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
                return execution
            time.sleep(0.1)

    def run(self, sql):
        """The execution of a statement that must succeed."""
        execution = self.wait(self.start(sql))
        if execution["Status"]["State"] != "SUCCEEDED":
            raise SystemExit(f"query failed: {execution['Status'].get('StateChangeReason')}\n{sql}")
        return execution

    def rows(self, query):
        """All rows of a SELECT as lists of texts (None for NULL), without the header."""
        rows = []
        for page in self.client.get_paginator("get_query_results").paginate(QueryExecutionId=query):
            rows += [[datum.get("VarCharValue") for datum in row["Data"]] for row in page["ResultSet"]["Rows"]]
        return rows[1:]

    def select(self, sql):
        execution = self.run(sql)
        return self.rows(execution["QueryExecutionId"]), execution
