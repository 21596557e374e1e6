package io.millrace.ingest;

import io.millrace.ingest.config.SourceConfig;
import io.millrace.model.BadInput;
import java.util.Optional;

/// Configurations of sources as texts, for those who read and write JSON.
public interface SourceTexts {

  /// Throws [BadInput] with all faults.
  SourceConfig parse(String name, String json);

  /// What the configuration file says of a source, as JSON with secrets hidden.
  Optional<String> ofFile(String name);

  /// The same text with secrets hidden.
  String hidden(String json);

  SourceTexts NONE =
      new SourceTexts() {
        @Override
        public SourceConfig parse(String name, String json) {
          throw BadInput.badRequest("Sources cannot be made here");
        }

        @Override
        public Optional<String> ofFile(String name) {
          return Optional.empty();
        }

        @Override
        public String hidden(String json) {
          return "{}";
        }
      };
}
