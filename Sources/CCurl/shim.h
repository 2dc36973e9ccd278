#pragma once
#include <curl/curl.h>

// curl_easy_setopt takes any number of arguments of any type, which Swift cannot call: one function for each type that
// an option has.

static inline CURLcode curl_set_text(CURL *transfer, CURLoption option, const char *text) {
    return curl_easy_setopt(transfer, option, text);
}

static inline CURLcode curl_set_number(CURL *transfer, CURLoption option, long number) {
    return curl_easy_setopt(transfer, option, number);
}

static inline CURLcode curl_set_size(CURL *transfer, CURLoption option, curl_off_t size) {
    return curl_easy_setopt(transfer, option, size);
}

static inline CURLcode curl_set_list(CURL *transfer, CURLoption option, struct curl_slist *list) {
    return curl_easy_setopt(transfer, option, list);
}

static inline CURLcode curl_set_pointer(CURL *transfer, CURLoption option, void *pointer) {
    return curl_easy_setopt(transfer, option, pointer);
}

typedef size_t (*curl_bytes_callback)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode curl_set_bytes_callback(CURL *transfer, CURLoption option, curl_bytes_callback callback) {
    return curl_easy_setopt(transfer, option, callback);
}

static inline CURLcode curl_set_socket_callback(CURL *transfer, curl_opensocket_callback callback) {
    return curl_easy_setopt(transfer, CURLOPT_OPENSOCKETFUNCTION, callback);
}

static inline CURLcode curl_get_number(CURL *transfer, CURLINFO info, long *number) {
    return curl_easy_getinfo(transfer, info, number);
}

static inline CURLcode curl_get_pointer(CURL *transfer, char **pointer) {
    return curl_easy_getinfo(transfer, CURLINFO_PRIVATE, pointer);
}

// Where a socket is to be connected to; the address may take more room than the field that it begins in.
static inline const struct sockaddr *curl_address(const struct curl_sockaddr *place) { return &place->addr; }

static inline CURLMcode curl_set_connection_limit(CURLM *transfers, long count) {
    return curl_multi_setopt(transfers, CURLMOPT_MAXCONNECTS, count);
}
