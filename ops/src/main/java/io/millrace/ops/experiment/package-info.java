/**
 * Trainings and evaluations without a running process: comparisons, fine-tuning, stream benchmarks.
 */
@NullMarked
package io.millrace.ops.experiment;

import org.jspecify.annotations.NullMarked;
