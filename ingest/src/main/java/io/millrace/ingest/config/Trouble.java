package io.millrace.ingest.config;

import io.millrace.ingest.config.SourceConfig.OnBad;
import io.millrace.ingest.config.SourceConfig.OnMissingCollection;
import java.time.Duration;

/// What happens to records that cannot go on.
///
/// @param onBad to a record that can never succeed
/// @param onMissing when the fixed collection of a binding does not exist
/// @param parkTimeout how long a stream waits for what a person has to mend, until `onBad` decides;
///   zero = for ever
/// @param surge whether many bad records at once stop the source; never for files
/// @param whenFull when the files of dead letters take all they may
public record Trouble(
    OnBad onBad,
    OnMissingCollection onMissing,
    Duration parkTimeout,
    Surge surge,
    WhenFull whenFull) {
  public static final Trouble DEFAULT =
      new Trouble(
          OnBad.DEAD,
          OnMissingCollection.PARK,
          Duration.ofHours(1),
          Surge.STOP,
          WhenFull.DROP_OLDEST);

  public enum Surge {
    STOP,
    OFF
  }

  public enum WhenFull {
    /// The oldest ones make room, and so do those of a certain age.
    DROP_OLDEST,
    /// Streams wait with their next bad record until there is room; no letter is let go that nobody
    /// replayed or purged.
    BLOCK
  }

  public Trouble {
    if (parkTimeout.isNegative()) {
      throw new IllegalArgumentException("park_timeout must not be negative");
    }
  }

  public Trouble with(OnBad bad) {
    return new Trouble(bad, onMissing, parkTimeout, surge, whenFull);
  }

  public Trouble with(OnMissingCollection missing) {
    return new Trouble(onBad, missing, parkTimeout, surge, whenFull);
  }

  public Trouble withParkTimeout(Duration patience) {
    return new Trouble(onBad, onMissing, patience, surge, whenFull);
  }

  public Trouble withSurge(Surge reaction) {
    return new Trouble(onBad, onMissing, parkTimeout, reaction, whenFull);
  }

  public Trouble withWhenFull(WhenFull reaction) {
    return new Trouble(onBad, onMissing, parkTimeout, surge, reaction);
  }
}
