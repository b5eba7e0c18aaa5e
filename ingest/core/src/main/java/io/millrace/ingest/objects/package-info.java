/** Object storage as ingest and learner need it; ops has the client. */
@NullMarked
package io.millrace.ingest.objects;

import org.jspecify.annotations.NullMarked;
