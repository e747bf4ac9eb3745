// Crawlers and crawls as rows: a format version, then JSON.
#pragma once

#include <string>
#include <string_view>

#include "crawl/crawler.h"

namespace tarn::crawl {

std::string encode_crawler(const Crawler& crawler);
Crawler decode_crawler(std::string_view row);
std::string encode_crawl(const Crawl& crawl);
Crawl decode_crawl(std::string_view row);

}  // namespace tarn::crawl
