/** Serving roles on a real broker. */
@NullMarked
package io.millrace.serving.it;

import org.jspecify.annotations.NullMarked;
