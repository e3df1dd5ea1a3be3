iptables -F;
&& iptables -X
iptables -F > ; iptables -X
----
rules:2:1: error: '&&' is not expected here [syntax]
  && iptables -X
  ^~
rules:3:15: error: ';' is not expected here, but a word [syntax]
  iptables -F > ; iptables -X
                ^
