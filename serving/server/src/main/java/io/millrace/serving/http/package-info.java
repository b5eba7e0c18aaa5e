/** Routes and what they let in: inference, search, releases. */
@NullMarked
package io.millrace.serving.http;

import org.jspecify.annotations.NullMarked;
