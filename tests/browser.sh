#!/bin/sh
# Browser tests drive Debian's Chromium. Install it where we may; else say how, loudly.
command -v chromium >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Chromium for the browser tests ..."
    { apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk; } >/dev/null 2>&1 && exit 0
fi
echo "************************************************************************"
echo "* No Chromium: the browser tests will be reported as skipped.          *"
echo "* Install it with: sudo apt-get install chromium fonts-noto-cjk        *"
echo "************************************************************************"
