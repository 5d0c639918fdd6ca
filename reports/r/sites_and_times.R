# ---- The analyses: within sites, and times to an event ---------------------------------------------------------------

# The sites of those kept, in order of their codes.
sites_among <- function(kept) sort(unique(ROWS$site[kept]), method = "radix")

cmh <- function(row, col, subset = list()) {
  level <- levels_of(row)
  met <- condition(col)
  who <- screen_subset(subset, c(known(row, level), met$fine))
  groups <- groups_among(level, who$kept)
  strata <- lapply(sites_among(who$kept), function(site) {
    own <- function(g) who$kept & ROWS$site == site & level %in% g
    list(x = each(groups, function(g) sum(met$holds[own(g)])), n = each(groups, function(g) sum(own(g))))
  })
  found <- list(n = each(groups, function(g) sum(who$kept & level %in% g)), strata = strata, left_out = who$left_out)
  if (length(groups) != 2) return(found)
  counts <- t(vapply(strata, function(s) c(x1 = s$x[[1]], n1 = s$n[[1]], x2 = s$x[[2]], n2 = s$n[[2]]), numeric(4)))
  c(found, cochran_mantel_haenszel(counts))
}

van_elteren <- function(instrument, timepoint, by, subset = list()) {
  group <- levels_of(by)
  x <- score(instrument, timepoint)
  who <- screen_subset(subset, c(known(by, group), has_value(timepoint, x)))
  groups <- groups_among(group, who$kept)
  sites <- sites_among(who$kept)
  own <- function(site, g) x[who$kept & ROWS$site == site & group %in% g]
  strata <- lapply(sites, function(site) {
    here <- groups_among(group, who$kept & ROWS$site == site)
    list(n = each(here, function(g) length(own(site, g))))
  })
  found <- list(n = each(groups, function(g) sum(who$kept & group %in% g)), strata = strata, left_out = who$left_out)
  if (length(groups) != 2) return(found)
  c(found, van_elteren_test(lapply(sites, function(site) list(a = own(site, groups[1]), b = own(site, groups[2])))))
}

# A time and how it ended, 1 the event and 0 a censoring; NA where either is not known.
followed <- function(name) {
  time <- whole(column(paste0(name, "_time"), paste0("time/", name)))
  event <- as.numeric(as.numeric(column(paste0(name, "_event"), paste0("event/", name))) != 0)
  gap <- is.na(time) | is.na(event)
  list(time = ifelse(gap, NA, time), event = ifelse(gap, NA, event))
}

# The earlier end of two times; of two events at once the first's counts, the other's is 2.
followed_with_competing <- function(name, competing) {
  one <- followed(name)
  two <- followed(competing)
  had <- one$time <= two$time & one$event == 1
  other <- two$time <= one$time & two$event == 1
  list(time = ifelse(is.na(one$time) | is.na(two$time), NA, pmin(one$time, two$time)),
       event = ifelse(had, 1, ifelse(other, 2, 0)))
}

# Who has a time, in which group. A group is shown also where nobody of it has one.
screen_times <- function(of, by, subset) {
  group <- groups_of(by)
  asked <- screen_subset(subset, known(by, group))
  timed <- screen(asked$kept, list(no_time = !is.na(of$time)))
  list(kept = timed$kept, left_out = added(asked$left_out, timed$left_out), group = group,
       groups = groups_among(group, asked$kept))
}

# times: where the curve is read, or the name of the time to an event, and it is read at each event.
km <- function(survival, times, by = NULL, tau = NULL, subset = list()) {
  of <- followed(survival)
  who <- screen_times(of, by, subset)
  cell <- function(own) km_cell(of$time[own], of$event[own], times, tau)
  if (is.null(by)) return(c(cell(who$kept), list(left_out = who$left_out)))
  cells <- each(who$groups, function(g) cell(who$kept & who$group %in% g))
  test <- log_rank(of$time[who$kept], of$event[who$kept], who$group[who$kept], rep(1, sum(who$kept)), who$groups)
  c(cells, list(logrank = c(test, list(n = lapply(cells, `[[`, "n"))), effect = test$effect, left_out = who$left_out))
}

km_cell <- function(time, event, times, tau) {
  cell <- list(n = length(time), events = sum(event == 1))
  if (length(time) == 0) return(cell)
  curve <- kaplan_meier(time, event)
  at <- if (is.character(times)) curve$time[curve$events > 0] else unique(threshold(times))
  read <- setNames(lapply(at, function(t) survival_at(curve, t)), number_text_of(at))
  drawn <- lapply(seq_len(nrow(curve)), function(i) {
    list(time = curve$time[i] / SCALE, n_risk = curve$n_risk[i], S = curve$S[i], lcl_log = curve$lcl_log[i],
         ucl_log = curve$ucl_log[i])
  })
  c(cell, list(median = half_time(curve$time, curve$S), median_lcl_log = half_time(curve$time, curve$lcl_log),
               median_ucl_log = half_time(curve$time, curve$ucl_log),
               median_lcl_loglog = half_time(curve$time, curve$lcl_loglog),
               median_ucl_loglog = half_time(curve$time, curve$ucl_loglog), survival_at = read, curve = drawn),
    if (!is.null(tau)) list(rmst = restricted_mean(curve, threshold(tau))))
}

# A plan may name a time with more digits than any in the data.
number_text_of <- function(at) shortest(sprintf("%.6f", at / SCALE))

cumulative_incidence <- function(survival, competing, times, by = NULL, subset = list()) {
  of <- followed_with_competing(survival, competing)
  who <- screen_times(of, by, subset)
  read_at <- unique(threshold(times))
  curve_of <- function(own) cumulative_incidence_curve(of$time[own], of$event[own])
  cell <- function(own) {
    event <- of$event[own]
    told <- list(n = sum(own), events = sum(event == 1), competing = sum(event == 2))
    if (sum(own) == 0) return(told)
    curve <- curve_of(own)
    drawn <- lapply(seq_len(nrow(curve)), function(i) {
      list(time = curve$time[i] / SCALE, n_risk = curve$n_risk[i], F = curve$F[i])
    })
    c(told, list(incidence_at = setNames(lapply(read_at, function(t) incidence_at(curve, t)), number_text_of(read_at)),
                 curve = drawn))
  }
  if (is.null(by)) return(c(cell(who$kept), list(left_out = who$left_out)))
  own <- each(who$groups, function(g) who$kept & who$group %in% g)
  cells <- lapply(own, cell)
  test <- gray(of$time[who$kept], of$event[who$kept], who$group[who$kept], who$groups)
  some <- Filter(any, own)
  difference <- NULL
  if (length(test) && length(some) == 2) difference <- incidence_difference(curve_of(some[[1]]), curve_of(some[[2]]), max(read_at))
  c(cells, list(gray = c(test, list(n = lapply(cells, `[[`, "n"), effect = difference)), effect = difference,
                left_out = who$left_out))
}

logrank_by_site <- function(survival, by, subset = list()) {
  of <- followed(survival)
  who <- screen_times(of, by, subset)
  kept <- who$kept
  groups <- groups_among(who$group, kept)
  test <- log_rank(of$time[kept], of$event[kept], who$group[kept], ROWS$site[kept], groups)
  names(test)[names(test) == "chi2"] <- "statistic"
  strata <- lapply(sites_among(kept), function(site) {
    here <- kept & ROWS$site == site
    own <- groups_among(who$group, here)
    list(n = each(own, function(g) sum(here & who$group %in% g)),
         events = each(own, function(g) sum(of$event[here & who$group %in% g])))
  })
  c(test, list(n = sum(kept), strata = strata, left_out = who$left_out))
}
