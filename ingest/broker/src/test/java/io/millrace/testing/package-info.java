/** What tests read from topics, and the runner of the examples. */
@NullMarked
package io.millrace.testing;

import org.jspecify.annotations.NullMarked;
