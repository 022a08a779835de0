# Writes values.json: exact limits for a rate of events from poisson.test of base R.
# Run from this folder: Rscript make.R

options(warn = 2)

counts <- c(0, 1, 2, 3, 5, 10, 27, 100, 1000, 100000)
exposures <- c(0.2, 1, 7.85, 408, 26, 1e6)
levels <- c(0.5, 0.8, 0.9, 0.95, 0.99, 0.999)

rows <- character()
for (x in counts) for (exposure in exposures) for (level in levels) {
  limits <- poisson.test(x, T = exposure, conf.level = level)$conf.int
  rows <- c(rows, sprintf(
    '{"events": %.0f, "exposure": %.17g, "level": %s, "lower": %.17g, "upper": %.17g}',
    x, exposure, format(level), limits[1], limits[2]
  ))
}

writeLines(
  c(
    "{",
    sprintf('"versions": {"R": "%s.%s"},', R.version$major, R.version$minor),
    '"rows": [', paste(rows, collapse = ",\n"), "]", "}"
  ),
  "values.json"
)
