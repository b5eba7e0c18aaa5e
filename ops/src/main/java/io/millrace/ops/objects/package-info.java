/** Object storage: the client of S3, and what of Millrace lies there. */
@NullMarked
package io.millrace.ops.objects;

import org.jspecify.annotations.NullMarked;
