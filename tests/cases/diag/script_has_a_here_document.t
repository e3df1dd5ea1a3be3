iptables -F
iptables-restore <<END
*filter
COMMIT
END
----
rules:2:18: error: a here-document is the shell's: run the script, and give tamiz what iptables-save prints then [shell]
  iptables-restore <<END
                   ^~~~~
