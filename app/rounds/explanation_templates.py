"""The sentence of each kind of comparison, in Chinese and in English; what stands in braces is filled in."""

SAID: dict[str, tuple[str, str]] = {
    "open": ("普通学位", "open seats"),
    "reserve": ("为{group}预留的学位", "seats reserved for: {group}"),
    "line": ("{school}（{seat}）：{why}。", "{school} ({seat}): {why}."),
    "nobody": ("无人占用此类学位", "nobody has such a seat"),
    "free": ("学位未满，无需比较", "a seat is still free, so there was nothing to compare"),
    "same": (
        "最后一名与您孩子的{name}相同（{level}），随后的条件也相同；",
        "the last child admitted has the same {name} ({level}) and the same in what comes next; ",
    ),
    "level_same": (
        "最后一名与您孩子的{name}相同（{level}）；",
        "the last child admitted has the same {name} ({level}); ",
    ),
    "before_level": (
        "最后一名为“{last}”，排在您孩子的“{own}”之前",
        'the last child admitted is "{last}", which comes before your child\'s "{own}"',
    ),
    "behind_level": (
        "您孩子为“{own}”，排在最后一名的“{last}”之前",
        'your child is "{own}", which comes before "{last}" of the last child admitted',
    ),
    "before_points": (
        "最后一名的{name}是{last}，高于您孩子的{own}",
        "the last child admitted has {last}, more than your child's {own}",
    ),
    "behind_points": (
        "您孩子的{name}是{own}，高于最后一名的{last}",
        "your child has {own}, more than the {last} of the last child admitted",
    ),
    "before_date": (
        "最后一名的{name}是{last}，{than}您孩子的{own}",
        "the {name} of the last child admitted, {last}, is {than} your child's, {own}",
    ),
    "behind_date": (
        "您孩子的{name}是{own}，{than}最后一名的{last}",
        "your child's {name}, {own}, is {than} that of the last child admitted, {last}",
    ),
    "before_undated": (
        "最后一名的{name}是{last}，而您孩子{own}",
        "the {name} of the last child admitted is {last}; your child has {own}",
    ),
    "behind_undated": (
        "您孩子的{name}是{own}，而最后一名{last}",
        "your child's {name} is {own}; the last child admitted has {last}",
    ),
    "before_flag": ("最后一名是“{last}”，而您孩子是“{own}”", "for the last child admitted: {last}; for yours: {own}"),
    "behind_flag": (
        "您孩子是“{own}”，而最后一名是“{last}”",
        "for your child: {own}; for the last child admitted: {last}",
    ),
    "smaller_date": ("早于", "earlier than"),
    "larger_date": ("晚于", "later than"),
    "before_ticket": (
        "最后一名的层次和条件都与您孩子相同，由抽签号决定：最后一名的号在前",
        "level and keys are the same, so the lottery number decided: the last child's comes first",
    ),
    "behind_ticket": (
        "您孩子的层次和条件都与最后一名相同，由抽签号决定：您孩子的号在前",
        "level and keys are the same, so the lottery number decided: your child's comes first",
    ),
    "unneeded_ticket": (
        "您孩子的层次和条件与最后一名相同；这类学位没有人因抽签号而落选",
        "your child has the same level and keys as the last child admitted; nobody was turned away from these seats by "
        "a lottery number",
    ),
    "ahead_ticket": (
        "您孩子的层次和条件与最后一名相同，抽签号在前",
        "your child has the same level and keys as the last child admitted, and an earlier lottery number",
    ),
    "before_applicant": (
        "层次、条件和抽签号都相同，由封存时的随机编号决定：最后一名的编号在前",
        "level, keys and lottery number are the same; the random number given at the freeze decided",
    ),
    "equal": ("您孩子的条件就是最后一名录取者的条件", "your child's standing is that of the last child admitted"),
    "band": (
        "这类学位录取不足五人，为保护他们不说具体数值：",
        "fewer than five have such a seat, so no value is told: ",
    ),
    "before_first": (
        "最后一名的{name}排在您孩子之前",
        "the {name} of the last child admitted comes before your child's",
    ),
    "behind_first": (
        "您孩子的{name}排在最后一名之前",
        "your child's {name} comes before that of the last child admitted",
    ),
    "before_later": (
        "最后一名的{name}与您孩子相同，由其后的条件或抽签号分出先后：最后一名在前",
        "the {name} is the same, and what comes after it, a key or the lottery, puts the last child admitted before "
        "yours",
    ),
    "behind_later": (
        "您孩子的{name}与最后一名相同，由其后的条件或抽签号分出先后：您孩子在前",
        "the {name} is the same, and what comes after it, a key or the lottery, puts your child before the last one "
        "admitted",
    ),
    "placed": (
        "您的孩子被{school}录取（所填志愿和就近名单中的第{rank}位）。",
        "Your child has a place at {school} (number {rank} of its wishes and the schools nearby).",
    ),
    "unplaced": ("您的孩子在这一轮没有得到学位。", "Your child has no place in this round."),
    "untold": (
        "在录取学校之前，就近名单上另有{count}所学校也已招满，您孩子在这些学校的排序条件都一样。",
        "Before that school {count} more schools nearby were full; your child stands alike at all of them.",
    ),
    "untold_unplaced": (
        "就近名单上另有{count}所学校也已招满，您孩子在这些学校的排序条件都一样。",
        "{count} more schools nearby were full as well; your child stands alike at all of them.",
    ),
    "lottery_lost": (
        "抽签影响了结果：在上面条件完全相同之处，由抽签号分出先后，您孩子的号在后。",
        "The lottery mattered: where all else was the same, the number decided, and your child's came later.",
    ),
    "lottery_lost_far": (
        "抽签影响了结果：在未录取您孩子的学校中，有的用到了抽签号，您孩子的号在后。",
        "The lottery mattered: among the schools that refused your child, its number was needed, and came later.",
    ),
    "lottery_won": (
        "抽签影响了结果：在录取的学校，您孩子与未被录取的孩子条件相同，您孩子的抽签号在前。",
        "The lottery mattered: your child's number came before that of a child with the same standing.",
    ),
    "lottery_none": (
        "抽签没有影响您孩子的结果：没有一所学校用到您孩子的抽签号。",
        "The lottery decided nothing for your child: its number was not needed at any school.",
    ),
    "change_level": (
        "假如您孩子在该校属于“{value}”（其他不变），就会被{school}录取。",
        'Had your child been "{value}" there, all else the same, {school} would have admitted it.',
    ),
    "change_points": (
        "假如您孩子的{name}达到{value}（多{more}，其他不变），就会被{school}录取。",
        "With {value} ({more} more), all else the same, {school} would have admitted your child.",
    ),
    "change_date": (
        "假如您孩子的{name}不{than}{value}（其他不变），就会被{school}录取。",
        "Had the {name} been no {than} {value}, all else the same, {school} would have admitted your child.",
    ),
    "change_flag": (
        "假如“{value}”（其他不变），您孩子就会被{school}录取。",
        "Had it been so that {value}, all else the same, {school} would have admitted your child.",
    ),
    "change_band": (
        "假如您孩子的{name}再靠前一些（其他不变），就会被{school}录取；这类学位录取不足五人，不说具体数值。",
        "Had the {name} come somewhat further forward, all else the same, {school} would have admitted your "
        "child; fewer than five have such a seat, so no value is told.",
    ),
    "change_band_later": (
        "假如您孩子的某项条件再靠前一些（其他不变），就会被{school}录取；这类学位录取不足五人，不说是哪一项，也不说具体数值。",
        "Had one of your child's keys come somewhat further forward, all else the same, {school} would have admitted "
        "it; fewer than five have such a seat, so neither the key nor a value is told.",
    ),
    "no_smaller_date": ("晚于", "later than"),
    "no_larger_date": ("早于", "earlier than"),
}
