# The same statistics by R: Rscript peer.R FOLDER REPEATS. One line of JSON: seconds of each way, H by instrument.
argv <- commandArgs(trailingOnly = TRUE)
folder <- argv[1]; repeats <- as.integer(argv[2])
about <- readLines(file.path(folder, "arrays.json"), warn = FALSE)
names_of <- function(key) {
  inside <- sub(paste0('.*"', key, '": \\[([^]]*)\\].*'), "\\1", about)
  gsub('"', "", strsplit(inside, ", ")[[1]])
}
instruments <- names_of("instruments"); timepoints <- names_of("timepoints")
rows <- as.integer(sub('.*"rows": ([0-9]+).*', "\\1", about))
each <- rows * length(timepoints)
whole <- readBin(file.path(folder, "scores.i1"), integer(), n = each * length(instruments), size = 1, signed = TRUE)
whole[whole < 0] <- NA
long <- as.data.frame(matrix(whole, ncol = length(instruments)))
names(long) <- instruments
long$timepoint <- factor(rep(timepoints, each = rows), levels = timepoints)
rm(whole)

H <- c()
ways <- list(
  "kruskal.test" = function() for (key in instruments) H[key] <<- kruskal.test(long[[key]], long$timepoint)$statistic
)
if (requireNamespace("rstatix", quietly = TRUE)) ways[["rstatix::dunn_test"]] <- function() for (key in instruments)
  rstatix::dunn_test(long, reformulate("timepoint", key), p.adjust.method = "holm")
if (requireNamespace("arsenal", quietly = TRUE)) ways[["arsenal::tableby"]] <- function()
  summary(arsenal::tableby(reformulate(instruments, "timepoint"), data = long, numeric.test = "kwt",
                           numeric.stats = c("N", "median", "q1q3")), text = TRUE)
took <- sapply(ways, function(way) median(replicate(repeats, {
  gc(); as.numeric(system.time(suppressWarnings(way()))["elapsed"]) })))
pairs <- function(values) paste0('"', names(values), '": ', format(values, digits = 17, trim = TRUE), collapse = ", ")
status <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
peak <- as.numeric(gsub("[^0-9]", "", status)) / 1024
cat('{"seconds": {', pairs(took), '}, "H": {', pairs(H), '}, "peak_mb": ', peak, "}\n", sep = "")
