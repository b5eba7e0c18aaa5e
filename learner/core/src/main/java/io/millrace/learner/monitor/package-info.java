/** Collapse and quality metrics, with and without labels. */
@NullMarked
package io.millrace.learner.monitor;

import org.jspecify.annotations.NullMarked;
