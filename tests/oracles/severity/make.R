# EASI and SCORAD of random patients, region by region as the scoring forms lay them out.
# Weights and area scores: Hanifin et al. 2001, Exp Dermatol 10:11-18.
# SCORAD: European Task Force on Atopic Dermatitis 1993, Dermatology 186:23-31.
# Run: Rscript make.R   (writes values.json beside it)
library(jsonlite)

set.seed(20151)
patients <- 40
signs <- array(sample(0:6, patients * 16, replace = TRUE) / 2, dim = c(patients, 4, 4))
area <- matrix(sample(0:6, patients * 4, replace = TRUE), patients, 4)
age <- c(0, 7, 8, sample(0:80, patients - 3, replace = TRUE))

one_easi <- function(i) {
  head <- sum(signs[i, 1, ]) * area[i, 1] * (if (age[i] >= 8) 0.1 else 0.2)
  upper <- sum(signs[i, 2, ]) * area[i, 2] * 0.2
  trunk <- sum(signs[i, 3, ]) * area[i, 3] * 0.3
  lower <- sum(signs[i, 4, ]) * area[i, 4] * (if (age[i] >= 8) 0.4 else 0.3)
  head + upper + trunk + lower
}

extent <- round(runif(patients, 0, 100), 1)
intensity <- sample(0:18, patients, replace = TRUE)
subjective <- round(runif(patients, 0, 20), 1)

values <- list(
  versions = list(R = R.version.string, jsonlite = as.character(packageVersion("jsonlite"))),
  easi = list(signs = signs, area = area, age = age, score = sapply(seq_len(patients), one_easi)),
  scorad = list(
    extent = extent, intensity = intensity, subjective = subjective,
    oscorad = extent / 5 + 7 * intensity / 2,
    scorad = extent / 5 + 7 * intensity / 2 + subjective
  )
)
# toJSON stops at 15 digits, so numbers go through it as text of 17.
exact <- rapply(values, function(x) { x[] <- sprintf("%.17g", x); x }, "numeric", how = "replace")
json <- toJSON(exact, auto_unbox = TRUE)
write(gsub('"(-?[0-9]+([.][0-9]+)?(e[-+]?[0-9]+)?)"', "\\1", json), "values.json")
