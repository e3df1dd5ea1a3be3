iptables -C INPUT -j DROP || iptables -A INPUT -j DROP
[ -f /etc/fw ] && iptables -F
modprobe ip_tables && iptables -F && iptables -X
iptables -L | grep DROP
----
rules:1:1: error: whether this runs, or what becomes of it, depends on another command: run the script, and give tamiz what iptables-save prints then [shell]
  iptables -C INPUT -j DROP || iptables -A INPUT -j DROP
  ^~~~~~~~~~~~~~~~~~~~~~~~~
rules:1:30: error: whether this runs, or what becomes of it, depends on another command: run the script, and give tamiz what iptables-save prints then [shell]
  iptables -C INPUT -j DROP || iptables -A INPUT -j DROP
                               ^~~~~~~~~~~~~~~~~~~~~~~~~
rules:2:1: warning: '[' changes no rule of iptables: skipped [skipped-command]
  [ -f /etc/fw ] && iptables -F
  ^~~~~~~~~~~~~~
rules:2:19: error: whether this runs, or what becomes of it, depends on another command: run the script, and give tamiz what iptables-save prints then [shell]
  [ -f /etc/fw ] && iptables -F
                    ^~~~~~~~~~~
rules:3:1: warning: 'modprobe' changes no rule of iptables: skipped [skipped-command]
  modprobe ip_tables && iptables -F && iptables -X
  ^~~~~~~~~~~~~~~~~~
rules:4:1: error: whether this runs, or what becomes of it, depends on another command: run the script, and give tamiz what iptables-save prints then [shell]
  iptables -L | grep DROP
  ^~~~~~~~~~~
rules:4:15: warning: 'grep' changes no rule of iptables: skipped [skipped-command]
  iptables -L | grep DROP
                ^~~~~~~~~
