/** The contract of a method: what an update takes, does and reports, and what a release offers. */
@NullMarked
package io.millrace.learner.method;

import org.jspecify.annotations.NullMarked;
