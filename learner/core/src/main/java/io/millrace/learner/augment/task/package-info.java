/**
 * What made-up tasks do to pixels: holes, noise, quarter turns, the order of tiles, bins of color.
 */
@NullMarked
package io.millrace.learner.augment.task;

import org.jspecify.annotations.NullMarked;
