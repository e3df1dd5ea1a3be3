sudo iptables -F
/usr/local/sbin/more-rules start
iptables-restore /etc/iptables.rules
----
rules:2:1: error: '/usr/local/sbin/more-rules' may change the rules: take the line away if it does not, or run the script, and give tamiz what iptables-save prints then [unknown-program]
  /usr/local/sbin/more-rules start
  ^~~~~~~~~~~~~~~~~~~~~~~~~~
rules:3:1: error: 'iptables-restore' loads another file: give tamiz that one [unknown-program]
  iptables-restore /etc/iptables.rules
  ^~~~~~~~~~~~~~~~
