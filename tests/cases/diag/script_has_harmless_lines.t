#!/bin/sh
set -e
[ -x /sbin/iptables ] || exit 1
echo "loading rules at $(date)" >&2
echo 1 >/proc/sys/net/ipv4/ip_forward
sudo -n /usr/sbin/iptables -w 5 -A INPUT -i lo -j ACCEPT; iptables -L INPUT -n -v
exit 0
what follows is not read
----
rules:2:1: warning: 'set' changes no rule of iptables: skipped [skipped-command]
  set -e
  ^~~~~~
rules:3:1: warning: '[' changes no rule of iptables: skipped [skipped-command]
  [ -x /sbin/iptables ] || exit 1
  ^~~~~~~~~~~~~~~~~~~~~
rules:3:26: warning: 'exit' changes no rule of iptables: skipped [skipped-command]
  [ -x /sbin/iptables ] || exit 1
                           ^~~~~~
rules:4:1: warning: 'echo' changes no rule of iptables: skipped [skipped-command]
  echo "loading rules at $(date)" >&2
  ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
rules:5:1: warning: 'echo' changes no rule of iptables: skipped [skipped-command]
  echo 1 >/proc/sys/net/ipv4/ip_forward
  ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
rules:7:1: warning: the script ends here: what follows is skipped [skipped-command]
  exit 0
  ^~~~~~
rules:6:59: warning: -L changes no rule: skipped [skipped-command]
  sudo -n /usr/sbin/iptables -w 5 -A INPUT -i lo -j ACCEPT; iptables -L INPUT -n -v
                                                            ^~~~~~~~~~~~~~~~~~~~~~~
