/** Several modules together, against a real broker. */
@NullMarked
package io.millrace.ops.it;

import org.jspecify.annotations.NullMarked;
