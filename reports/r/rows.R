# ---- Reading the rows ------------------------------------------------------------------------------------------------
# csv/wide.csv has one row for each procedure (or patient, or fracture). Every cell is read as text; an empty one is NA.
# Where a text could be taken for a formula (= + - @ in front), it carries an apostrophe that keeps spreadsheets from
# running it; it is taken off.

# Functions are run a few times each: compiling them first (with base R's own compiler) would take longer than that.
invisible(compiler::enableJIT(0))

# Names may be in any script; where the session's locale cannot hold them, one that can is taken.
for (locale in c("C.UTF-8", "en_US.UTF-8")) {
  if (!l10n_info()[["UTF-8"]]) suppressWarnings(Sys.setlocale("LC_CTYPE", locale))
}

read_rows <- function(file) {
  lines <- readLines(file, encoding = "UTF-8", warn = FALSE)
  lines[1] <- sub("\ufeff", "", lines[1], fixed = TRUE)
  rows <- read.csv(text = lines, colClasses = "character", check.names = FALSE, na.strings = "", encoding = "UTF-8")
  rows[] <- lapply(rows, without_apostrophe)
  names(rows) <- without_apostrophe(names(rows))
  rows$site <- level_text(rows$site)
  rows
}

without_apostrophe <- function(text) {
  gsub("(^|[;\t\r\n])'(?=\\s*[-=+@\uff1d\uff0b\uff0d\uff20])", "\\1", text, perl = TRUE)
}

# A column of the file; two things of the same name are told apart by what they hold (RENAMED). A name that is not there
# stops the analysis that asks for it, and that analysis alone.
column <- function(name, what) {
  if (what %in% names(RENAMED)) name <- RENAMED[[what]]
  if (!name %in% names(ROWS)) stop("csv/wide.csv has no column ", name)
  ROWS[[name]]
}

# Numbers are kept as whole numbers of 10^-DIGITS, so that equal scores are equal and ties are ties: 0.3 - 0.1 is not
# 0.2 in floating point, but 3 - 1 is 2. What is shown in the score's own unit is divided by SCALE at the end.
whole <- function(text) round(as.numeric(text) * SCALE)

# A plan's threshold on the same scale; round() takes off what floating point adds to 0.29 * 100.
threshold <- function(number) round(number * SCALE, 6)

# value >= share * of, for whole numbers and a share with up to nine digits, without rounding.
at_least_share <- function(value, share, of) value * 1e9 >= of * round(share * 1e9)

# Levels are text, numbers written shortest: 1, 1.0 and "01" are one level.
level_text <- function(text) {
  text <- trimws(text)
  text[!is.na(text) & text == ""] <- NA
  numeric <- is_number(text)
  text[numeric] <- shortest(text[numeric])
  text
}

is_number <- function(text) grepl("^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)$", text)

shortest <- function(text) {
  text <- sub("^[+]", "", text)
  text <- sub("^(-?)[.]", "\\10.", text)                # .5 -> 0.5
  text <- sub("^(-?)0+([0-9])", "\\1\\2", text)         # 01 -> 1
  point <- grepl(".", text, fixed = TRUE)
  text[point] <- sub("[.]?0*$", "", text[point])        # 1.50 -> 1.5, 1.0 -> 1
  sub("^-0$", "0", text)
}

# Whole numbers of 10^-DIGITS as text, shortest.
number_text <- function(value) ifelse(is.na(value), NA, shortest(sprintf("%.*f", DIGITS, value / SCALE)))

# Each level once: by number where all are numbers, otherwise by code point.
ordered_levels <- function(level) {
  level <- unique(level[!is.na(level)])
  if (length(level) == 0) return(character(0))
  if (all(is_number(level))) level[order(as.numeric(level))] else sort(level, method = "radix")
}

covariate <- function(name) {
  if (!name %in% c(NUMBERS, CATEGORIES)) stop("the cohort has no covariate ", name)
  column(name, paste0("covariate/", name))
}

levels_of <- function(name) if (name %in% NUMBERS) number_text(numbers_of(name)) else level_text(covariate(name))
numbers_of <- function(name) whole(covariate(name))

# The groups of an analysis; everybody in one group where it has none.
groups_of <- function(by) if (is.null(by)) rep("", nrow(ROWS)) else levels_of(by)

# An instrument at one timepoint; nobody has a value where the cohort never had one.
score <- function(instrument, timepoint) {
  if (!timepoint %in% SHOWN[[instrument]]) return(rep(NA_real_, nrow(ROWS)))
  whole(column(paste0(instrument, "_", timepoint), paste("score", instrument, timepoint, sep = "/")))
}

# The timepoints of an instrument in the schedule's order: those wanted, else all at which it was asked of anybody.
timepoints_of <- function(instrument, wanted = NULL) {
  shown <- if (is.null(wanted)) SHOWN[[instrument]] else wanted
  names(TIMEPOINTS)[names(TIMEPOINTS) %in% shown]
}

# A baseline and the timepoints after it. Without a baseline: the first of those wanted, else the schedule's first.
course_of <- function(instrument, baseline = NULL, wanted = NULL) {
  named <- timepoints_of(instrument, wanted)
  if (is.null(baseline)) baseline <- if (is.null(wanted)) names(TIMEPOINTS)[1] else named[1]
  place <- match(named, names(TIMEPOINTS))
  c(baseline, named[place > match(baseline, names(TIMEPOINTS))])
}

# ---- Who takes part --------------------------------------------------------------------------------------------------
# fine: a list of logical vectors, each named by the reason for which who is FALSE in it is left out. Everybody is
# counted once, under the first reason that applies.

screen <- function(asked, fine) {
  left_out <- list()
  for (i in seq_along(fine)) {
    lost <- sum(asked & !fine[[i]])
    if (lost > 0) left_out <- added(left_out, setNames(list(lost), names(fine)[i]))
    asked <- asked & fine[[i]]
  }
  list(kept = asked, left_out = left_out)
}

# Two accounts of who was left out, as one.
added <- function(one, other) {
  for (reason in names(other)) one[[reason]] <- sum(one[[reason]], other[[reason]])
  one
}

# reasons(no_sex = known): a list with names made at run time.
reason <- function(name, fine) setNames(list(fine), name)
known <- function(name, level) if (is.null(name)) list() else reason(paste0("no_", name), !is.na(level))
has_value <- function(timepoint, value) reason(paste0("no_value_at_", timepoint), !is.na(value))

# subset: covariate -> level. Who is not known to be of another level is asked for, and counted if the level is missing.
subset_of <- function(subset) {
  asked <- rep(TRUE, nrow(ROWS))
  fine <- list()
  for (name in names(subset)) {
    level <- levels_of(name)
    asked <- asked & (is.na(level) | level == subset[[name]])
    fine <- c(fine, known(name, level))
  }
  list(asked = asked, fine = fine)
}

screen_subset <- function(subset, more = list()) {
  wanted <- subset_of(subset)
  screen(wanted$asked, c(wanted$fine, more))
}

# The groups that somebody of those kept is in.
groups_among <- function(group, kept) ordered_levels(group[kept])

# A list with one entry for each name.
each <- function(names, make) setNames(lapply(names, make), names)

# A list with the entries of another put over its own.
with_entries <- function(list, more) {
  list[names(more)] <- more
  list
}
