package io.millrace.ops.node;

import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.RoleName;
import io.millrace.ops.metrics.Meters;
import io.millrace.serving.kafka.SearchStatus;
import java.time.Clock;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a node's status, health and gauges ask.
 *
 * @param roles roles of this process
 * @param search what search does; gives null where this process keeps no index
 * @param front what answers over HTTP; gives null where nothing does, or not yet
 * @param running every role that was started
 */
record NodeParts(
    MillraceConfig config,
    Set<RoleName> roles,
    Clock clock,
    Meters meters,
    ImageDecoder decoder,
    ConsumerLag lag,
    StreamWatch watch,
    IngestRole ingest,
    LearnerRole learner,
    ServingRole serving,
    Supplier<@Nullable SearchStatus> search,
    Supplier<@Nullable ServingFront> front,
    Roles running) {
  boolean has(RoleName role) {
    return roles.contains(role);
  }
}
