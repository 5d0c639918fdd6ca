# ---- Comparing -------------------------------------------------------------------------------------------------------
# Every number of the report is a line of expected.csv: the analysis, the path to the number in its result, the value.

CLOSED <- 1e-9      # relative difference allowed where there is a formula
ITERATED <- 1e-6    # and where a number is searched for: estimating equations, likelihoods, limits by inversion

# Numbers that are searched for: a pattern of the type and the path.
SEARCHED <- paste(c("^(mixed_model|gee) ", "(epsilon_squared|kendalls_w|cramers_v|i_squared)/(low|high)$",
                    "^(kruskal_dunn|kruskal_groups) effect/(low|high)$", "friedman_complete_cases/effect/(low|high)$",
                    "^(crosstab|crosstab_patient) effect/(low|high)$", "homogeneity/effect/(low|high)$",
                    "^normality shapiro_wilk/"), collapse = "|")

REMADE <- list()
NOT_REMADE <- list()

# remake("id", km(...)): computes one analysis and keeps its numbers. What stops is kept with its reason.
remake <- function(id, call) {
  type <- as.character(substitute(call)[[1]])
  found <- tryCatch(numbers_in(call), error = function(e) conditionMessage(e))
  if (is.character(found)) {
    NOT_REMADE[[id]] <<- found
  } else {
    REMADE[[id]] <<- data.frame(analysis = rep(id, length(found)), type = rep(type, length(found)),
                                path = as.character(names(found)), value = unname(found))
  }
}

# All numbers of nested lists, each named by its path: names and places (from 0) joined by "/", as JSON Pointer has it.
# Words, yes and no, and what is not there (NULL, NA) are no numbers.
numbers_in <- function(x) {
  if (is.list(x)) {
    keys <- if (is.null(names(x))) seq_along(x) - 1 else gsub("/", "~1", gsub("~", "~0", names(x), fixed = TRUE), fixed = TRUE)
    below <- lapply(unname(x), numbers_in)
    paths <- lapply(seq_along(below), function(i) {
      inner <- names(below[[i]])
      if (length(below[[i]]) == 0) character(0) else ifelse(inner == "", keys[i], paste(keys[i], inner, sep = "/"))
    })
    return(setNames(as.numeric(unlist(below)), unlist(paths)))
  }
  if (!is.numeric(x) || length(x) == 0 || is.na(x)) return(setNames(numeric(0), character(0)))
  setNames(as.numeric(x), "")
}

relative <- function(a, b, least = 0) ifelse(a == b, 0, abs(a - b) / pmax(abs(a), abs(b), least))

# What a difference is at least relative to. Some numbers of a model may be next to nothing, and are then only known as a
# part of another: an estimate of its standard error, a limit of the interval's width, the variance of a random intercept
# of the residual variance.
least_scale <- function(both) {
  key <- paste(both$analysis, both$path)
  report <- function(i, path) both$value_report[match(paste(both$analysis[i], path), key)]
  least <- rep(0, nrow(both))
  for (i in which(both$type %in% c("mixed_model", "gee"))) {
    path <- both$path[i]
    if (grepl("(correlation|/statistic)$", path)) least[i] <- 1
    if (grepl("intercept_variance$", path)) least[i] <- report(i, sub("random_intercept", "residual", path))
    if (grepl("^ml/estimates/", path)) least[i] <- sqrt(report(i, "residual_variance"))
    if (grepl("^(estimates|contrasts)/.*(estimate|low|high)$", path)) {
      cell <- sub("^([a-z]+/[0-9]+)/.*", "\\1", path)
      width <- report(i, paste0(cell, "/high")) - report(i, paste0(cell, "/low"))
      least[i] <- if (grepl("estimate$", path)) report(i, paste0(cell, "/se")) else width
    }
  }
  ifelse(is.na(least), 0, least)
}

compare_with_report <- function(expected) {
  remade <- do.call(rbind, c(list(data.frame(analysis = character(), type = character(), path = character(), value = numeric())),
                             unname(REMADE)))
  both <- merge(expected, remade, by = c("analysis", "path"), all = TRUE, suffixes = c("_report", "_r"), sort = FALSE)
  both$type <- ifelse(is.na(both$type_report), both$type_r, both$type_report)
  both$searched <- grepl(SEARCHED, paste(both$type, both$path))
  both$difference <- relative(both$value_report, both$value_r, least_scale(both))
  # The p-value of a model by its logarithm: a t of 20 turns the ninth digit of t into the seventh of p.
  p <- both$type %in% c("mixed_model", "gee") & grepl("/p(_holm)?$", both$path)
  both$difference[p] <- relative(log(both$value_report[p]), log(both$value_r[p]), least = 1)
  # What is exactly 0 on one side may be rounding on the other.
  tiny <- which(pmin(abs(both$value_report), abs(both$value_r)) == 0 & abs(both$value_report - both$value_r) < 1e-12)
  both$difference[tiny] <- 0
  both$agrees <- !is.na(both$difference) & both$difference <= ifelse(both$searched, ITERATED, CLOSED)
  write_rows(both)
  say(both)
}

write_rows <- function(both) {
  quoted <- function(text) paste0("\"", gsub("\"", "\"\"", enc2utf8(text), fixed = TRUE), "\"")
  number <- function(x) ifelse(is.na(x), "", sprintf("%.17g", x))
  lines <- paste(quoted(both$analysis), quoted(both$path), number(both$value_r), number(both$value_report),
                 ifelse(both$agrees, "yes", "no"), sep = ",")
  file <- file("remade.csv", "wb")
  writeLines(c("analysis,path,value,in_report,agrees", lines), file, useBytes = TRUE)
  close(file)
}

# By type: how many agree and the largest difference; then what differs or is missing, by name; then the verdict.
say <- function(both) {
  for (type in sort(unique(both$type), method = "radix")) {
    rows <- both[both$type == type, ]
    cat(sprintf("%-26s %6d of %6d%s%s\n", type, sum(rows$agrees), nrow(rows),
                largest("formula", CLOSED, rows[!rows$searched, ]), largest("searched", ITERATED, rows[rows$searched, ])))
  }
  for (id in names(NOT_REMADE)) cat("not remade:", id, "-", NOT_REMADE[[id]], "\n")
  wrong <- both[!both$agrees, ]
  for (i in seq_len(min(nrow(wrong), 40))) {
    cat(sprintf("differs: %s %s: report %s, R %s\n", wrong$analysis[i], wrong$path[i],
                shown(wrong$value_report[i]), shown(wrong$value_r[i])))
  }
  if (nrow(wrong) > 40) cat("... and", nrow(wrong) - 40, "more; see remade.csv\n")
  cat(sprintf("%d of %d numbers agree\n", sum(both$agrees), nrow(both)))
  nrow(wrong) == 0 && length(NOT_REMADE) == 0
}

largest <- function(what, tolerance, rows) {
  differences <- rows$difference[!is.na(rows$difference)]
  if (length(differences) == 0) return("")
  sprintf("   %s: largest relative difference %.1e, allowed %.0e", what, max(differences), tolerance)
}

shown <- function(value) if (is.na(value)) "none" else sprintf("%.15g", value)
