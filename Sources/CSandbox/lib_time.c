// `os.time` and `os.date`: the moment's time, in UTC, without the C library's clock, zones and locales.
#include "lib.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"

#include "cuttable.h"

struct date {
    int64_t year;
    int month, day, hour, minute, second;  // month and day from 1
    int week_day, year_day;                // Sunday is 0; the first of January is 0
};

/// Years from which the arithmetic here cannot overflow; the text of a year stays within its buffer.
static const int64_t year_limit = 1000000;

static int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a % b < 0) != (b < 0)); }

/// Days since 1970-01-01 of a day in the Gregorian calendar.
static int64_t days_from(int64_t year, int month, int day) {
    if (month <= 2) year--;
    int64_t era = floor_divide(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static struct date date_of(int64_t seconds) {
    struct date date;
    int64_t days = floor_divide(seconds, 86400);
    int rest = (int)(seconds - days * 86400);
    date.hour = rest / 3600;
    date.minute = rest / 60 % 60;
    date.second = rest % 60;
    int64_t week_day = (days + 4) % 7;
    date.week_day = (int)(week_day < 0 ? week_day + 7 : week_day);
    int64_t shifted = days + 719468;
    int64_t era = floor_divide(shifted, 146097);
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    date.day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    date.month = (int)(month < 10 ? month + 3 : month - 9);
    date.year = year_of_era + era * 400 + (date.month <= 2);
    date.year_day = (int)(days - days_from(date.year, 1, 1));
    return date;
}

static int64_t now(lua_State *L) {
    struct sbx *S = sbx_of(L);
    return floor_divide(S->input ? S->input->now_ms : 0, 1000);
}

/// A field of the table at 1; `missing` < 0 means that it must be there. May raise.
static int64_t field(lua_State *L, const char *name, int64_t missing) {
    int type = lua_getfield(L, 1, name);
    int is_number;
    lua_Integer value = lua_tointegerx(L, -1, &is_number);
    if (!is_number) {
        if (type != LUA_TNIL) return luaL_error(L, "field '%s' is not an integer", name);
        if (missing < 0) return luaL_error(L, "field '%s' missing in date table", name);
        value = missing;
    }
    // Wide enough for any date, narrow enough that seconds do not overflow.
    if (value > INT32_MAX || value < INT32_MIN) {
        return luaL_error(L, "field '%s' is out-of-bound", name);
    }
    lua_pop(L, 1);
    return value;
}

static void set_number(lua_State *L, const char *name, int64_t value) {
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

/// Sets the fields of the table on top of the stack. May raise (memory).
static void set_fields(lua_State *L, const struct date *date) {
    set_number(L, "year", date->year);
    set_number(L, "month", date->month);
    set_number(L, "day", date->day);
    set_number(L, "hour", date->hour);
    set_number(L, "min", date->minute);
    set_number(L, "sec", date->second);
    set_number(L, "yday", date->year_day + 1);
    set_number(L, "wday", date->week_day + 1);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "isdst");
}

/// time([table]) -> seconds since 1970. May raise.
static int time_of(lua_State *L) {
    sbx_enter(L);
    if (lua_isnoneornil(L, 1)) {
        lua_pushinteger(L, now(L));
        return 1;
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    int64_t year = field(L, "year", -1);
    int64_t month = field(L, "month", -1) - 1;
    int64_t day = field(L, "day", -1);
    int64_t hour = field(L, "hour", 12);
    int64_t minute = field(L, "min", 0);
    int64_t second = field(L, "sec", 0);
    year += floor_divide(month, 12);
    month -= floor_divide(month, 12) * 12;
    int64_t days = days_from(year, (int)month + 1, 1) + day - 1;
    int64_t seconds = days * 86400 + hour * 3600 + minute * 60 + second;
    struct date date = date_of(seconds);
    lua_settop(L, 1);
    set_fields(L, &date);
    lua_pushinteger(L, seconds);
    return 1;
}

static const char *const day_names[] = {
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
static const char *const month_names[] = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

/// The week of the year by ISO 8601, and the year that it belongs to.
static int iso_week(const struct date *date, int64_t *year) {
    int week_day = (date->week_day + 6) % 7;
    int week = (date->year_day - week_day + 10) / 7;
    *year = date->year;
    if (week < 1) {
        *year -= 1;
        int64_t days = days_from(date->year, 1, 1) - days_from(*year, 1, 1);
        week = ((int)days + date->year_day - week_day + 10) / 7;
    } else if (week == 53) {
        int64_t days = days_from(date->year + 1, 1, 1) - days_from(date->year, 1, 1);
        if (date->year_day - week_day + 3 >= days) {
            week = 1;
            *year += 1;
        }
    }
    return week;
}

/// A year has at least four digits, so that dates sort as texts and can be read again.
static int year_width(int64_t year) { return year < 0 ? 5 : 4; }

/// Writes what one letter stands for. 0 if it stands for nothing.
static int conversion(char *out, size_t room, char letter, const struct date *d, int64_t seconds) {
    long long year = d->year;
    int hour = d->hour % 12 == 0 ? 12 : d->hour % 12;
    int64_t week_year;
    const char *half = d->hour < 12 ? "AM" : "PM";
    switch (letter) {
    case 'a': return snprintf(out, room, "%.3s", day_names[d->week_day]);
    case 'A': return snprintf(out, room, "%s", day_names[d->week_day]);
    case 'b':
    case 'h': return snprintf(out, room, "%.3s", month_names[d->month - 1]);
    case 'B': return snprintf(out, room, "%s", month_names[d->month - 1]);
    case 'c':
        return snprintf(
            out, room, "%.3s %.3s %2d %02d:%02d:%02d %0*lld", day_names[d->week_day],
            month_names[d->month - 1], d->day, d->hour, d->minute, d->second, year_width(year), year);
    case 'C': return snprintf(out, room, "%02lld", (long long)floor_divide(year, 100));
    case 'd': return snprintf(out, room, "%02d", d->day);
    case 'D':
    case 'x':
        return snprintf(
            out, room, "%02d/%02d/%02d", d->month, d->day,
            (int)(year - floor_divide(year, 100) * 100));
    case 'e': return snprintf(out, room, "%2d", d->day);
    case 'F': 
        return snprintf(out, room, "%0*lld-%02d-%02d", year_width(year), year, d->month, d->day);
    case 'g':
        iso_week(d, &week_year);
        return snprintf(
            out, room, "%02d", (int)(week_year - floor_divide(week_year, 100) * 100));
    case 'G':
        iso_week(d, &week_year);
        return snprintf(out, room, "%0*lld", year_width(week_year), (long long)week_year);
    case 'H': return snprintf(out, room, "%02d", d->hour);
    case 'I': return snprintf(out, room, "%02d", hour);
    case 'j': return snprintf(out, room, "%03d", d->year_day + 1);
    case 'm': return snprintf(out, room, "%02d", d->month);
    case 'M': return snprintf(out, room, "%02d", d->minute);
    case 'n': return snprintf(out, room, "\n");
    case 'p': return snprintf(out, room, "%s", half);
    case 'r':
        return snprintf(out, room, "%02d:%02d:%02d %s", hour, d->minute, d->second, half);
    case 'R': return snprintf(out, room, "%02d:%02d", d->hour, d->minute);
    case 's': return snprintf(out, room, "%lld", (long long)seconds);
    case 'S': return snprintf(out, room, "%02d", d->second);
    case 't': return snprintf(out, room, "\t");
    case 'T':
    case 'X': return snprintf(out, room, "%02d:%02d:%02d", d->hour, d->minute, d->second);
    case 'u': return snprintf(out, room, "%d", d->week_day == 0 ? 7 : d->week_day);
    case 'U': return snprintf(out, room, "%02d", (d->year_day + 7 - d->week_day) / 7);
    case 'V': return snprintf(out, room, "%02d", iso_week(d, &week_year));
    case 'w': return snprintf(out, room, "%d", d->week_day);
    case 'W': return snprintf(out, room, "%02d", (d->year_day + 7 - (d->week_day + 6) % 7) / 7);
    case 'y': return snprintf(out, room, "%02d", (int)(year - floor_divide(year, 100) * 100));
    case 'Y': return snprintf(out, room, "%0*lld", year_width(year), year);
    case 'z': return snprintf(out, room, "+0000");
    case 'Z': return snprintf(out, room, "UTC");
    case '%': return snprintf(out, room, "%%");
    default: return 0;
    }
}

/// date([format [, seconds]]) -> text, or a table for `*t`. May raise.
static int date_text(lua_State *L) {
    sbx_enter(L);
    size_t length;
    const char *format = luaL_optlstring(L, 1, "%c", &length);
    const char *end = format + length;
    int64_t seconds = lua_isnoneornil(L, 2) ? now(L) : luaL_checkinteger(L, 2);
    if (seconds / (86400 * 366) > year_limit || seconds / (86400 * 366) < -year_limit) {
        return luaL_argerror(L, 2, "the time is too far away");
    }
    struct date date = date_of(seconds);
    if (format < end && *format == '!') format++;
    if (end - format == 2 && format[0] == '*' && format[1] == 't') {
        lua_createtable(L, 0, 9);
        set_fields(L, &date);
        return 1;
    }
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    while (format < end) {
        if (*format != '%') {
            luaL_addchar(&buffer, *format++);
            continue;
        }
        format++;
        char text[80];
        char letter = format < end ? *format++ : 0;
        int count = conversion(text, sizeof text, letter, &date, seconds);
        if (count == 0) return luaL_argerror(L, 1, "invalid conversion specifier");
        luaL_addlstring(&buffer, text, (size_t)count);
    }
    luaL_pushresult(&buffer);
    return 1;
}

void sbx_install_time(lua_State *L) {
    static const luaL_Reg functions[] = {{"time", time_of}, {"date", date_text}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
