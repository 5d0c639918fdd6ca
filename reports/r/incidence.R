# ---- Competing events ------------------------------------------------------------------------------------------------

# Aalen and Johansen: S the share with neither event, before and after each time; F the share with the event.
cumulative_incidence_curve <- function(time, event) {
  curve <- steps(time, event)
  falls <- curve$events + curve$competing
  curve$after <- cumprod(1 - falls / curve$n_risk)
  curve$after[falls == curve$n_risk] <- 0
  curve$before <- c(1, curve$after[-nrow(curve)])
  curve$F <- cumsum(curve$before * curve$events / curve$n_risk)
  curve
}

# F at a time with Aalen's variance (as cmprsk's cuminc has it) and log-log limits. Nothing beyond the last time, unless by
# then everybody has had either event.
incidence_at <- function(curve, time) {
  last <- curve[nrow(curve), ]
  if (time > last$time && last$after > 0) return(list())
  n_risk <- curve$n_risk[curve$time >= time][1]
  passed <- curve[curve$time <= time, ]
  F <- if (nrow(passed) == 0) 0 else passed$F[nrow(passed)]
  later <- ifelse(passed$after > 0, (F - passed$F) / passed$after, 0)   # the share of those left who have it later
  tied <- function(many, n) ifelse(n > 1, many * (n - many) / (n - 1), many)
  spread <- tied(passed$events, passed$n_risk) * (1 - later)^2 + tied(passed$competing, passed$n_risk) * later^2
  spread <- ifelse(passed$after > 0, spread, tied(passed$events, passed$n_risk))
  se <- sqrt(sum((passed$before / passed$n_risk)^2 * spread))
  if (F > 1 - 1e-12) F <- 1
  certain <- F == 0 || F == 1
  error <- se / (-F * log(F))
  list(n_risk = if (is.na(n_risk)) 0 else n_risk, F = F, se = se,
       low = if (!certain) F^exp(Z * error), high = if (!certain) F^exp(-Z * error))
}

incidence_difference <- function(one, two, time) {
  one <- incidence_at(one, time)
  two <- incidence_at(two, time)
  if (length(one) == 0 || length(two) == 0) return(NULL)
  half <- Z * sqrt(one$se^2 + two$se^2)
  if (half == 0) return(NULL)
  interval(one$F - two$F, max(-1, one$F - two$F - half), min(1, one$F - two$F + half))
}

# Gray's test with rho = 0 (Ann Stat 1988;16:1141-54). Each group's numbers at risk are divided by its share S with
# neither event: h = n / S. `left` is 1 - F as estimated for all groups together.
gray <- function(time, event, group, groups) {
  groups <- groups[vapply(groups, function(g) any(group == g), TRUE)]
  if (length(groups) < 2 || !any(event == 1)) return(list())
  k <- length(groups)
  S <- rep(1, k)
  F <- rep(0, k)
  left <- 1
  happened <- list()
  for (t in sort(unique(time[event > 0]))) {
    n <- vapply(groups, function(g) sum(group == g & time >= t), 0, USE.NAMES = FALSE)
    d <- vapply(groups, function(g) sum(group == g & time == t & event == 1), 0, USE.NAMES = FALSE)
    c <- vapply(groups, function(g) sum(group == g & time == t & event == 2), 0, USE.NAMES = FALSE)
    if (left < 1e-12) return(list())        # everybody is thought to have had it, and somebody is still at risk
    h <- ifelse(n > 0, n / S, 0)
    after <- ifelse(n == 0, S, ifelse(n > d + c, S * (1 - (d + c) / n), 0))
    next_left <- left - sum(d) / sum(h)
    happened[[length(happened) + 1]] <- list(n = n, d = d, c = c, h = h, S = S, after = after, F = F,
                                             left = left, next_left = next_left)
    F <- F + ifelse(n > 0, S * d / n, 0)
    S <- after
    left <- next_left
  }
  chi2 <- gray_quadratic(gray_covariances(happened, k), gray_scores(happened, k))
  if (is.null(chi2)) return(list())
  list(chi2 = chi2, df = k - 1, p = pchisq(chi2, k - 1, lower.tail = FALSE))
}

# Events of each group minus those that the common estimate expects.
gray_scores <- function(happened, k) {
  scores <- rep(0, k)
  for (at in happened) {
    expecting <- at$h * (1 - at$F)
    if (sum(at$d) > 0) scores <- scores + at$d - sum(at$d) * expecting / sum(expecting)
  }
  scores
}

# An ending in group j at a time acts on the scores at once (`own`, column j) and on all that is expected later, which is
# how far `drift` still has to go. Ties are drawn without replacement.
gray_covariances <- function(happened, k) {
  drift <- matrix(0, k, k)
  so_far <- list()
  for (i in seq_along(happened)) {
    at <- happened[[i]]
    own <- at$h * (diag(k) - matrix(at$h / sum(at$h), k, k, byrow = TRUE))
    drift <- drift + own * (1 - at$next_left / at$left)
    so_far[[i]] <- list(own = own, drift = drift)
  }
  tied <- function(many, n) if (many > 1) (n - many) / (n - 1) else 1
  total <- matrix(0, k, k)
  for (i in seq_along(happened)) {
    at <- happened[[i]]
    for (j in which(at$n > 0)) {
      own <- so_far[[i]]$own[, j]
      to_come <- drift[, j] - so_far[[i]]$drift[, j]
      later <- if (at$after[j] > 0) at$next_left / at$after[j] else 0
      share <- at$S[j] / at$n[j]
      many <- sum(at$d)
      of_event <- share * many / sum(at$h) * tied(many, sum(at$h) * at$S[j])
      of_competing <- share^2 * at$c[j] * tied(at$c[j], at$n[j])
      at_event <- own + (1 - later) * to_come
      at_competing <- later * to_come
      total <- total + of_event * outer(at_event, at_event) + of_competing * outer(at_competing, at_competing)
    }
  }
  total
}

gray_quadratic <- function(V, scores) {
  last <- length(scores)
  V <- V[-last, -last, drop = FALSE]
  if (any(diag(V) <= 1e-12) || qr(V, tol = 1e-10)$rank < nrow(V)) return(NULL)
  drop(scores[-last] %*% solve(V, scores[-last]))
}
