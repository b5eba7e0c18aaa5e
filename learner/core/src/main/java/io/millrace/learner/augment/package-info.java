/** Image batches to views; one transform per file. */
@NullMarked
package io.millrace.learner.augment;

import org.jspecify.annotations.NullMarked;
