package io.millrace.ops.experiment;

import io.millrace.learner.compare.MethodResult;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One run of an arm.
 *
 * @param engine what computed it: precision and threads are an arm's own; null where it failed
 * @param error why there is no result; null where there is one
 */
public record TrialRun(
    String arm,
    List<String> settings,
    long seed,
    @Nullable String engine,
    @Nullable String error,
    @Nullable MethodResult result) {}
