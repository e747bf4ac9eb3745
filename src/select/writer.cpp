#include "select/writer.h"

namespace tarn::select {

void Writer::field(std::string_view text, std::string& out) const {
  const auto has = [&](const std::string& mark) { return !mark.empty() && text.find(mark) != text.npos; };
  const bool quoted = csv_->always_quote || has(csv_->quote) || has(csv_->field_delimiter) ||
                      has(csv_->record_delimiter) || text.find_first_of("\r\n") != text.npos;
  if (!quoted || csv_->quote.empty()) {
    out += text;
    return;
  }
  const std::string& escape = csv_->quote_escape.empty() ? csv_->quote : csv_->quote_escape;
  out += csv_->quote;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with(csv_->quote) || rest.starts_with(escape)) out += escape;
    out += text[i];
  }
  out += csv_->quote;
}

void Writer::write(const std::vector<Cell>& cells, std::string& out) const {
  if (csv_) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) out += csv_->field_delimiter;
      if (!cells[i].value.absent() || csv_->always_quote) field(plain_text(cells[i].value), out);
    }
    out += csv_->record_delimiter;
    return;
  }
  out += '{';
  bool first = true;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].value.missing()) continue;
    if (!first) out += ',';
    first = false;
    append_json_text(cells[i].name.empty() ? "_" + std::to_string(i + 1) : std::string(cells[i].name), out);
    out += ':';
    append_json(cells[i].value, out);
  }
  out += '}';
  out += json_.record_delimiter;
}

}  // namespace tarn::select
