/** One method per file: views, networks, objective, state and sequence. */
@NullMarked
package io.millrace.learner.method;

import org.jspecify.annotations.NullMarked;
